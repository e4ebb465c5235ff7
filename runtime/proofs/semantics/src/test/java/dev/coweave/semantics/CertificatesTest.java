package dev.coweave.semantics;

import static dev.coweave.semantics.IoTests.fails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.TlsConnection;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Certificates that are trusted as they are, not for their issuer: the JDK takes them at any time, we while they are valid. */
@Timeout(300)
class CertificatesTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static SSLEngine serverEngine(SSLContext context, boolean asks) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setNeedClientAuth(asks);
    return engine;
  }

  private static void refuses(String expected, String... validity) throws Exception {
    KeyStore store = Keys.make(validity);
    SSLContext server = Keys.context(store, Keys.trustManagers(store));
    SSLContext client = Keys.context(Keys.trustManagers(store));
    EventLoop.run(
        () -> {
          try (TcpServer listener = TcpServer.bind(ANY)) {
            Task<Void> serving = Task.start(() -> listener.serve(9, server, c -> c.readLine()));
            int port = listener.localAddress().getPort();
            isRefused(expected, () -> TlsConnection.connect("localhost", port, client));
            TcpConnection tcp = TcpConnection.connect("localhost", port);
            isRefused(expected, () -> tcp.startTls("localhost", client));
            assertEquals(false, tcp.isOpen());
            listener.close();
            Task.await(serving);
          }
        });
  }

  private interface Connecting {
    @Coroutine
    TlsConnection connect() throws IOException;
  }

  @Coroutine
  private static void isRefused(String expected, Connecting connecting) throws Exception {
    SSLHandshakeException e = fails(SSLHandshakeException.class, () -> connecting.connect());
    assertEquals(expected, e.getMessage().replaceAll(": .*", ""));
  }

  @Test
  void aServersThatHasExpired_isRefused() throws Exception {
    refuses("the peer's certificate is not valid now", "-startdate", "-10d", "-validity", "5");
  }

  @Test
  void aServersThatIsNotValidYet_isRefused() throws Exception {
    refuses("the peer's certificate is not valid now", "-startdate", "+5d", "-validity", "5");
  }

  @Test
  void aClientsThatHasExpired_isRefusedByServe() throws Exception {
    KeyStore expired = Keys.make("-startdate", "-10d", "-validity", "5");
    SSLContext server = Keys.context(Keys.own(), Keys.trustManagers(expired));
    SSLContext client = Keys.context(expired, Keys.trustManagers());
    boolean[] handled = {false};
    EventLoop.run(
        () -> {
          TcpServer listener = TcpServer.bind(ANY);
          Task<Void> serving =
              Task.start(
                  () ->
                      listener.serve(9, () -> serverEngine(server, true), c -> handled[0] = true));
          try (TlsConnection c =
              TlsConnection.connect("localhost", listener.localAddress().getPort(), client)) {
            assertNull(readLine(c));
          }
          listener.close();
          Task.await(serving);
        });
    assertEquals(false, handled[0]);
  }

  /** Null if the connection was cut, or ended. */
  @Coroutine
  private static String readLine(TlsConnection c) throws IOException {
    try {
      return c.readLine();
    } catch (SSLException | java.net.SocketException e) {
      return null;
    }
  }

  @Test
  void anEngineOfOnesOwn_decidesByItself() throws Exception {
    KeyStore store = Keys.make("-startdate", "-10d", "-validity", "5");
    SSLContext server = Keys.context(store, Keys.trustManagers(store));
    SSLContext client = Keys.context(Keys.trustManagers(store));
    EventLoop.run(
        () -> {
          TcpServer listener = TcpServer.bind(ANY);
          Task<Void> serving = Task.start(() -> listener.serve(9, server, c -> c.readLine()));
          SSLEngine engine = client.createSSLEngine("localhost", 1);
          engine.setUseClientMode(true);
          try (TlsConnection c = TcpConnection.connect(listener.localAddress()).startTls(engine)) {
            assertEquals("TLSv1.3", c.session().getProtocol());
          }
          listener.close();
          Task.await(serving);
        });
  }
}
