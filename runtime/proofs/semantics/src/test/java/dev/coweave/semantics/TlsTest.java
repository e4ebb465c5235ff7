package dev.coweave.semantics;

import static dev.coweave.semantics.IoTests.bytes;
import static dev.coweave.semantics.IoTests.fails;
import static dev.coweave.semantics.IoTests.letOthersWait;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.Connection;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.TlsConnection;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS between coroutines, over loopback and in a simulated network. */
@ParameterizedClass
@EnumSource
@Timeout(300)
class TlsTest {
  @Parameter World world;

  static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  static final Duration MOMENT = Duration.ofMillis(1);

  static final SSLContext SERVER;
  static final SSLContext CLIENT;

  static {
    try {
      SERVER = Keys.context();
      CLIENT = Keys.context(Keys.trustManagers());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Both ends of a connection, shaken hands. */
  record Pair(TlsConnection client, TlsConnection server) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      server.close();
    }
  }

  static SSLParameters only(String protocol) {
    SSLParameters p = new SSLParameters();
    p.setProtocols(new String[] {protocol});
    return p;
  }

  static SSLEngine serverEngine() {
    SSLEngine engine = SERVER.createSSLEngine();
    engine.setUseClientMode(false);
    return engine;
  }

  static SSLEngine clientEngine(String protocol) {
    SSLEngine engine = CLIENT.createSSLEngine("localhost", 1);
    engine.setUseClientMode(true);
    engine.setSSLParameters(only(protocol));
    return engine;
  }

  @Coroutine
  static Pair connect(SSLEngine client, SSLEngine server) throws IOException {
    try (TcpServer listener = TcpServer.bind(ANY)) {
      Task<TlsConnection> accepted = Task.start(() -> listener.accept().startTls(server));
      TlsConnection c = TcpConnection.connect(listener.localAddress()).startTls(client);
      return new Pair(c, Task.await(accepted));
    }
  }

  @Coroutine
  static Pair connect(String protocol) throws IOException {
    return connect(clientEngine(protocol), serverEngine());
  }

  static byte[] random(int length, int seed) {
    byte[] b = new byte[length];
    new Random(seed).nextBytes(b);
    return b;
  }

  /** Serves connections of either kind. */
  @Coroutine
  static void echoLines(Connection c) throws IOException {
    for (String line; (line = c.readLine()) != null; ) {
      c.write(bytes(line + "\n"));
    }
  }

  // ---- who is trusted

  @Test
  void aCertificateForAnotherHost_failsTheHandshake() throws Exception {
    handshakeFails(
        port -> TcpConnection.connect("localhost", port).startTls("elsewhere.example", CLIENT),
        "No subject alternative DNS name matching elsewhere.example found");
  }

  @Test
  void aCertificateThatNobodyVouchesFor_failsTheHandshake() throws Exception {
    handshakeFails(
        port -> TlsConnection.connect("localhost", port),
        "unable to find valid certification path");
  }

  private interface Connecting {
    @Coroutine
    TlsConnection to(int port) throws IOException;
  }

  static void handshakeFails(Connecting connecting, String because) throws Exception {
    EventLoop.run(
        () -> {
          try (TcpServer listener = TcpServer.bind(ANY)) {
            Task<TlsConnection> accepted =
                Task.start(() -> listener.accept().startTls(serverEngine()));
            int port = listener.localAddress().getPort();
            SSLHandshakeException e = fails(SSLHandshakeException.class, () -> connecting.to(port));
            assertTrue(e.getMessage().contains(because), e.getMessage());
            // What the server gets is the client's reason, not just an end.
            SSLException told = fails(SSLException.class, () -> acceptedOrRead(accepted));
            assertTrue(told.getMessage().contains("certificate_unknown"), told.getMessage());
          }
        });
  }

  /** In TLS 1.3 a server may have shaken hands before the client looks at its certificate. */
  @Coroutine
  static void acceptedOrRead(Task<TlsConnection> accepted) throws IOException {
    try (TlsConnection c = Task.await(accepted)) {
      c.read(ByteBuffer.allocate(1));
    }
  }

  @Test
  void clientCertificatesAndAlpn_comeWithContextAndParameters() throws Exception {
    world.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY)) {
            Task<Void> serving =
                Task.start(
                    () ->
                        server.serve(
                            1,
                            () -> {
                              SSLEngine engine = serverEngine();
                              SSLParameters p = engine.getSSLParameters();
                              p.setNeedClientAuth(true);
                              p.setApplicationProtocols(new String[] {"h2", "http/1.1"});
                              engine.setSSLParameters(p);
                              return engine;
                            },
                            c -> c.write(bytes(c.session().getPeerPrincipal() + "\n"))));
            SSLParameters p = new SSLParameters();
            p.setApplicationProtocols(new String[] {"http/1.1"});
            int port = server.localAddress().getPort();
            try (TlsConnection c = TlsConnection.connect("localhost", port, SERVER, p)) {
              assertEquals("http/1.1", c.applicationProtocol());
              assertEquals("CN=localhost", c.readLine());
              assertNull(c.readLine());
            }
            server.close();
            Task.await(serving);
          }
        });
  }

  static SSLContext watched(Runnable check) throws Exception {
    X509ExtendedTrustManager real = (X509ExtendedTrustManager) Keys.trustManagers()[0];
    return Keys.context(new TrustManager[] {new Watched(real, check)});
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aSecondConnection_resumesTheSessionOfTheFirst(String protocol) throws Exception {
    AtomicInteger checks = new AtomicInteger();
    SSLContext client = watched(checks::incrementAndGet);
    world.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY)) {
            Task<Void> serving = Task.start(() -> server.serve(3, SERVER, c -> echoLines(c)));
            int port = server.localAddress().getPort();
            for (int i = 0; i < 3; i++) {
              try (TlsConnection c =
                  TlsConnection.connect("localhost", port, client, only(protocol))) {
                c.write(bytes("ticket\n")); // In TLS 1.3 it comes before the answer.
                assertEquals("ticket", c.readLine());
              }
            }
            server.close();
            Task.await(serving);
          }
        });
    assertEquals(1, checks.get());
  }

  static final class Watched extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager real;
    private final Runnable check;

    Watched(X509ExtendedTrustManager real, Runnable check) {
      this.real = real;
      this.check = check;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      check.run();
      real.checkServerTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] c, String type, java.net.Socket s) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] c, String type, java.net.Socket s) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] c, String type, SSLEngine e) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] c, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void checkServerTrusted(X509Certificate[] c, String type) {
      throw new UnsupportedOperationException();
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return real.getAcceptedIssuers();
    }
  }

  // ---- peers that misbehave

  @Test
  void aPeerThatSpeaksNoTls_failsTheHandshake() throws Exception {
    world.run(
        () -> {
          try (TcpServer listener = TcpServer.bind(ANY)) {
            Task<Void> plain =
                Task.start(
                    () -> {
                      try (TcpConnection c = listener.accept()) {
                        c.write(bytes("220 mail.example ready, this is no TLS\r\n"));
                        c.readLine();
                      }
                    });
            int port = listener.localAddress().getPort();
            SSLException e =
                fails(SSLException.class, () -> TlsConnection.connect("localhost", port, CLIENT));
            assertTrue(e.getMessage().contains("plaintext connection?"), e.getMessage());
            Task.await(plain);
          }
        });
  }

  @Test
  void aPeerThatHangsUpInTheHandshake_failsIt() throws Exception {
    world.run(
        () -> {
          try (TcpServer listener = TcpServer.bind(ANY)) {
            Task<Void> rude =
                Task.start(
                    () -> {
                      try (TcpConnection c = listener.accept()) {
                        c.readExactly(100);
                        c.shutdownOutput();
                        while (c.read(ByteBuffer.allocate(1000)) >= 0) {}
                      }
                    });
            int port = listener.localAddress().getPort();
            SSLHandshakeException e =
                fails(
                    SSLHandshakeException.class,
                    () -> TlsConnection.connect("localhost", port, CLIENT));
            assertEquals("the peer ended the connection in the handshake", e.getMessage());
            Task.await(rude);
          }
        });
  }

  // ---- ends

  @Test
  void aHalfClosedConnection_isReadToItsEnd_andWrittenTo() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect("TLSv1.3")) {
            p.client.write(bytes("question"));
            p.client.shutdownOutput();
            p.client.shutdownOutput();
            assertEquals("question", new String(p.server.readExactly(8), UTF_8));
            assertEquals(-1, p.server.read(ByteBuffer.allocate(1)));
            assertEquals(-1, p.server.read(ByteBuffer.allocate(1)));
            p.server.write(bytes("answer\n"));
            assertEquals("answer", p.client.readLine());
            fails(ClosedChannelException.class, () -> p.client.write(bytes("x")));
            byte[] much = random(2_000_000, 5);
            Task<Void> writing = Task.start(() -> p.server.write(much));
            assertArrayEquals(much, p.client.readExactly(much.length));
            Task.await(writing);
            p.server.shutdownOutput();
            assertEquals(-1, p.client.read(ByteBuffer.allocate(1)));
          }
        });
  }

  @Test
  void beforeTls13_thePeersEndIsTheWritersToo() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect("TLSv1.2")) {
            p.server.write(bytes("the last words\n"));
            p.client.shutdownOutput();
            assertEquals(-1, p.server.read(ByteBuffer.allocate(1)));
            SSLException e = fails(SSLException.class, () -> p.server.write(bytes("x")));
            assertTrue(e.getMessage().startsWith("the peer has ended the connection"));
            assertEquals("the last words", p.client.readLine());
            assertNull(p.client.readLine());
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void closing_tellsThePeerThatTheStreamHasEnded(String protocol) throws Exception {
    world.run(
        () -> {
          try (Pair p = connect(protocol)) {
            p.client.write(bytes("all of it"));
            p.client.close();
            assertEquals("all of it", p.server.readLine());
            assertNull(p.server.readLine());
          }
        });
  }

  @Test
  void closing_afterAWriteThatWasCancelledHalfWay_doesNotLookLikeTheEnd() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect("TLSv1.3")) {
            Task<Void> writing = Task.start(() -> p.client.write(new byte[20_000_000]));
            letOthersWait();
            writing.cancel(false);
            letOthersWait();
            assertTrue(writing.isCancelled());
            IOException e = fails(IOException.class, () -> p.client.write(bytes("x")));
            assertTrue(e.getMessage().startsWith("an earlier write was cancelled half way"));
            fails(IOException.class, () -> p.client.shutdownOutput());
            p.server.write(bytes("still here\n"));
            assertEquals("still here", p.client.readLine());
            p.client.close();
            SSLException cut = fails(SSLException.class, () -> readAll(p.server));
            assertTrue(cut.getMessage().startsWith("the stream was cut"));
          }
        });
  }

  @Coroutine
  static int readAll(Connection c) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(100_000);
    int all = 0;
    for (int n; (n = c.read(buffer)) >= 0; buffer.clear()) {
      all += n;
    }
    return all;
  }

  @Test
  void closing_failsItsReader_andItsWriter() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect("TLSv1.3")) {
            Task<String> reader = Task.start(() -> p.server.readLine());
            Task<Void> writer = Task.start(() -> p.server.write(new byte[20_000_000]));
            letOthersWait();
            p.server.close();
            fails(AsynchronousCloseException.class, () -> Task.await(reader));
            fails(AsynchronousCloseException.class, () -> Task.await(writer));
            fails(ClosedChannelException.class, () -> p.server.readLine());
            p.server.close();
          }
        });
  }

  @Test
  void aHandlerThatFails_cutsItsConnection_andOthersGoOn() throws Exception {
    world.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY)) {
            Task<Void> serving =
                Task.start(
                    () ->
                        server.serve(
                            3,
                            SERVER,
                            c -> {
                              if (c.readExactly(1)[0] == 'x') {
                                throw new IOException("a handler's failure, which is meant");
                              }
                              c.write(bytes("ok"));
                            }));
            int port = server.localAddress().getPort();
            try (TlsConnection bad = TlsConnection.connect("localhost", port, CLIENT);
                TlsConnection good = TlsConnection.connect("localhost", port, CLIENT)) {
              bad.write(bytes("x"));
              fails(SSLException.class, () -> bad.readLine());
              good.write(bytes("y"));
              assertEquals("ok", good.readLine());
            }
            server.close();
            Task.await(serving);
          }
        });
  }

  @Test
  void aReadThatTimesOut_hasTakenNoByte() throws Exception {
    world.runInVirtualTime(
        () -> {
          try (Pair p = connect("TLSv1.3")) {
            p.client.write(bytes("abc"));
            fails(
                TimeoutException.class, () -> Task.timeout(MOMENT, () -> p.server.readExactly(6)));
            fails(TimeoutException.class, () -> Task.timeout(MOMENT, () -> p.server.readLine()));
            p.client.write(bytes("def\n"));
            assertEquals("abcdef", p.server.readLine());
          }
        });
  }

  @Test
  void aHandshakeThatTimesOut_closesTheConnection() throws Exception {
    world.runInVirtualTime(
        () -> {
          try (TcpServer listener = TcpServer.bind(ANY)) {
            int port = listener.localAddress().getPort();
            fails(
                TimeoutException.class,
                () ->
                    Task.timeout(
                        Duration.ofSeconds(1),
                        () -> TlsConnection.connect("localhost", port, CLIENT)));
            try (TcpConnection c = listener.accept()) {
              while (c.read(ByteBuffer.allocate(1000)) >= 0) {} // to its end
            }
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void thisSideShakesHandsAgain_byWritingAlone_orReadingAlone(String protocol) throws Exception {
    world.run(
        () -> {
          SSLEngine client = clientEngine(protocol);
          try (Pair p = connect(client, serverEngine())) {
            Task<Void> echo = Task.start(() -> echoLines(p.server));
            for (int i = 0; i < 5; i++) {
              client.beginHandshake();
              p.client.write(bytes("written " + i + "\n"));
              client.beginHandshake();
              assertEquals("written " + i, p.client.readLine());
            }
            p.client.shutdownOutput();
            Task.await(echo);
            p.server.shutdownOutput();
            assertNull(p.client.readLine());
          }
        });
  }

  // ---- on top of a plain connection

  @Test
  void startTls_takesOverWhatWasBuffered_andTheConnection() throws Exception {
    world.run(
        () -> {
          try (TcpServer listener = TcpServer.bind(ANY)) {
            Task<TlsConnection> accepted =
                Task.start(
                    () -> {
                      TcpConnection tcp = listener.accept();
                      letOthersWait(); // so that what follows the line is there with it
                      assertEquals("PROXY someone", tcp.readLine());
                      TlsConnection tls = tcp.startTls(serverEngine());
                      IllegalStateException e =
                          fails(IllegalStateException.class, () -> tcp.readLine());
                      assertTrue(
                          e.getMessage()
                              .startsWith("the TlsConnection over it reads already: TcpConnection"),
                          e.getMessage());
                      fails(IllegalStateException.class, () -> tcp.write(bytes("plain")));
                      return tls;
                    });
            TcpConnection tcp = TcpConnection.connect(listener.localAddress());
            tcp.write(bytes("PROXY someone\r\n"));
            try (TlsConnection client = tcp.startTls("localhost", CLIENT);
                TlsConnection server = Task.await(accepted)) {
              client.write(bytes("secret\n"));
              assertEquals("secret", server.readLine());
            }
          }
        });
  }

  @Test
  void startTls_withPlainBytesSlippedIn_fails() throws Exception {
    world.run(
        () -> {
          try (TcpServer listener = TcpServer.bind(ANY)) {
            Task<TlsConnection> accepted =
                Task.start(
                    () -> {
                      TcpConnection tcp = listener.accept();
                      assertEquals("STARTTLS", tcp.readLine());
                      return tcp.startTls(serverEngine());
                    });
            TcpConnection tcp = TcpConnection.connect(listener.localAddress());
            tcp.write(bytes("STARTTLS\r\nRCPT TO: somebody else\r\n"));
            fails(IOException.class, () -> tcp.startTls("localhost", CLIENT));
            fails(SSLException.class, () -> Task.await(accepted));
          }
        });
  }
}
