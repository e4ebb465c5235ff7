package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.task.HalfMade;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS over a TCP connection; see {@link Connection}.
 *
 * <pre>{@code
 * try (TlsConnection c = Task.timeout(Duration.ofSeconds(10), () -> TlsConnection.connect("example.org", 443))) {
 *   c.write("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
 *   String status = c.readLine();
 * }
 * }</pre>
 *
 * <p>A client verifies the server's certificate and that it is for the host it wanted; see {@link #connect(String, int, SSLContext,
 * SSLParameters)}. The end of the stream is what the peer has declared to be the end: a connection that just ends, as one that somebody cuts
 * does, is an {@link javax.net.ssl.SSLException}. Handshakes, key updates and what else the peers have to say to each other is done by whatever
 * operation is under way; certificates are checked on worker threads.
 *
 * <p>{@link #shutdownOutput()} declares the end of this side's stream, and waits until that has gone out; {@link #close()} does so if it
 * needn't wait, and not in the middle of a write that was cancelled. Before TLS 1.3 the peer can't go on writing then.
 */
public final class TlsConnection extends Connection {
  private static final Operation START_TLS = Operation.of(TcpConnection.class, "startTls");
  private static final Operations OPERATIONS = Operations.of(TlsConnection.class);

  /** Initialises this class, as {@link TcpConnection#load}. */
  static void load() {
    TlsEngine.load();
  }

  private final TcpConnection transport;
  private final SSLEngine engine;
  private final TlsEngine tls;
  private final TlsSides sides;

  /** TLS over a connection that this takes over. */
  private TlsConnection(TcpConnection transport, SSLEngine engine) {
    super(OPERATIONS);
    this.transport = transport;
    this.engine = engine;
    this.tls = new TlsEngine(transport.endpoint(), engine, transport.takeOver());
    this.sides = new TlsSides(tls, transport.endpoint());
  }

  // ---- connecting

  /**
   * Connects to a server whose certificate the JVM's default trust store vouches for; see {@link #connect(String, int, SSLContext)}.
   *
   * @param host a name or an address
   * @param port its port
   * @return the connection, after its handshake
   * @throws IOException if it can't be reached, or the handshake fails
   */
  @Coroutine
  public static TlsConnection connect(String host, int port) throws IOException {
    return connect(host, port, Task.blocking(SSLContext::getDefault)); // which reads files
  }

  /**
   * Connects to a server; see {@link #connect(String, int, SSLContext, SSLParameters)}.
   *
   * @param host a name or an address
   * @param port its port
   * @param context whom to trust, and who this is
   * @return the connection, after its handshake
   * @throws IOException if it can't be reached, or the handshake fails
   */
  @Coroutine
  public static TlsConnection connect(String host, int port, SSLContext context)
      throws IOException {
    return connect(host, port, context, new SSLParameters());
  }

  /**
   * Connects to a server, and verifies that its certificate is for that host, as HTTPS does (RFC 9110, section 4.3.4). Bound it with {@code
   * Task.timeout}. If this is cancelled or fails nothing stays open.
   *
   * @param host a name or an address; names are looked up on a worker thread
   * @param port its port
   * @param context whom to trust, and who this is
   * @param parameters protocols, ciphers, ALPN; where they name no algorithm to identify the server by, it is HTTPS's. To have none, use
   *     {@link TcpConnection#startTls(SSLEngine)}
   * @return the connection, after its handshake
   * @throws javax.net.ssl.SSLException if the handshake fails, such as for the server's certificate
   * @throws IOException if it can't be reached
   */
  @Coroutine
  public static TlsConnection connect(
      String host, int port, SSLContext context, SSLParameters parameters) throws IOException {
    TcpConnection transport = TcpConnection.connect(host, port);
    TlsConnection connection = null;
    HalfMade half = null;
    try {
      half = HalfMade.until(() -> Endings.closeQuietly(transport));
      connection = transport.startTls(host, port, context, parameters);
      return connection;
    } finally {
      if (connection == null) { // Parameters may be refused before the handshake begins.
        Endings.closeQuietly(transport);
      }
      if (half != null) {
        half.isMade();
      }
    }
  }

  /** An engine that verifies whom it talks to. */
  static SSLEngine clientEngine(
      String host, int port, SSLContext context, SSLParameters parameters) {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    engine.setSSLParameters(parameters);
    if (parameters.getEndpointIdentificationAlgorithm() == null) {
      SSLParameters verifying = engine.getSSLParameters();
      verifying.setEndpointIdentificationAlgorithm("HTTPS");
      engine.setSSLParameters(verifying);
    }
    return engine;
  }

  /**
   * Shakes hands, or closes the connection.
   *
   * @param verifies whether it is this, not the engine alone, that says whom to trust
   */
  @Coroutine
  static TlsConnection start(TcpConnection transport, SSLEngine engine, boolean verifies)
      throws IOException {
    TlsConnection c = new TlsConnection(transport, engine);
    HalfMade half = null;
    boolean started = false;
    try {
      half = HalfMade.until(() -> Endings.closeQuietly(c));
      c.output.run(START_TLS, c::tryHandshake);
      if (verifies) {
        c.checkValidity();
      }
      started = true;
    } catch (IOException | TaskCancelled e) {
      c.readFailed(e);
      throw e;
    } finally {
      if (!started) {
        Endings.closeQuietly(c);
      }
      if (half != null) {
        half.isMade();
      }
    }
    return c;
  }

  private boolean tryHandshake() throws IOException {
    return sides.step(sides.writer, () -> tls.handshake() ? 1 : 0) > 0;
  }

  /** A certificate that is trusted as it is, not for its issuer, passes for the JDK whenever it was or will be valid (RFC 5280, section 6.1). */
  private void checkValidity() throws SSLHandshakeException {
    try {
      if (engine.getSession().getPeerCertificates()[0] instanceof X509Certificate certificate) {
        certificate.checkValidity();
      }
    } catch (SSLPeerUnverifiedException e) {
      // It has sent none, and the engine didn't ask for one.
    } catch (CertificateException e) {
      SSLHandshakeException failure =
          new SSLHandshakeException("the peer's certificate is not valid now: " + e.getMessage());
      failure.initCause(e);
      throw failure;
    }
  }

  // ---- what is agreed on

  /** The session: protocol, cipher, and the peer's certificates. */
  public SSLSession session() {
    return engine.getSession();
  }

  /** The application's protocol that both agreed on by ALPN (RFC 7301); null if none. */
  public @Nullable String applicationProtocol() {
    String protocol = engine.getApplicationProtocol();
    return protocol == null || protocol.isEmpty() ? null : protocol;
  }

  /** The peer's address; null if the connection is closed. */
  public @Nullable SocketAddress remoteAddress() {
    return transport.remoteAddress();
  }

  /**
   * The channel, for its options; whoever reads or writes by it breaks the connection.
   *
   * @throws UnsupportedOperationException in a simulated network
   */
  public SocketChannel channel() {
    return transport.channel();
  }

  // ---- what a connection does

  @Override
  Network.Endpoint endpoint() {
    return transport.endpoint();
  }

  @Override
  void readFailed(Throwable failure) {
    transport.readFailed(failure);
  }

  @Override
  void writeFailed(Throwable failure) {
    transport.writeFailed(failure);
  }

  @Override
  int tryRead(ByteBuffer to) throws IOException {
    return sides.step(sides.reader, () -> tls.read(to));
  }

  @Override
  @Coroutine
  void awaitReadable(Operation operation) {
    sides.await(sides.reader, operation);
  }

  @Override
  void readingEnded() {
    sides.over(sides.reader);
  }

  @Override
  boolean tryWrite(ByteBuffer from) throws IOException {
    return sides.step(sides.writer, () -> tls.write(from) ? 1 : 0) > 0;
  }

  @Override
  boolean tryShutdownOutput() throws IOException {
    return sides.step(sides.writer, () -> tls.shutdownOutput() ? 1 : 0) > 0;
  }

  @Override
  @Coroutine
  void awaitWritable(Operation operation) {
    sides.await(sides.writer, operation);
  }

  @Override
  void writingEnded() {
    sides.over(sides.writer);
  }

  /**
   * Closes it, without waiting. The peer learns that this side's stream has ended if that goes out at once, as it nearly always does, and if
   * no write was cancelled half way; {@link #shutdownOutput()} before makes sure. See {@link Connection#close()}.
   */
  @Override
  public void close() throws IOException {
    boolean cut = output.isCut();
    try {
      synchronized (tls) {
        if (isOpen()) {
          tls.end(cut || sides.isWorking());
        }
      }
    } finally { // Also where memory or stack run out in that.
      try {
        super.close();
      } finally {
        sides.closed();
      }
    }
  }

  @Override
  public String toString() {
    return isOpen() ? "TlsConnection to " + remoteAddress() : "TlsConnection, closed";
  }
}
