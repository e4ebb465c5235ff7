package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.Task;
import dev.coweave.task.TaskContinuation;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
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
@Stamp(abi = Stamp.ABI)
public final class TlsConnection extends Connection {
  private final TcpConnection transport;
  private final SSLEngine engine;
  private final TlsEngine tls;
  private final TlsTurns turns;

  /** TLS over a connection that this takes over. */
  TlsConnection(TcpConnection transport, SSLEngine engine) {
    super("TlsConnection");
    this.transport = transport;
    this.engine = engine;
    this.tls = new TlsEngine(transport.channel(), engine, transport.takeOver());
    this.turns = new TlsTurns(tls, transport.channel());
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
    return PlainCall.run("TlsConnection.connect", c -> connect(host, port, c));
  }

  /**
   * The twin of {@link #connect(String, int)}; not for users.
   *
   * @hidden
   */
  public static TlsConnection connect(String host, int port, Continuation c) throws IOException {
    return Then.call(
        "TlsConnection.connect",
        c,
        d -> Task.blocking(SSLContext::getDefault, d), // which reads files
        (context, d) -> connect(host, port, context, d));
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
    return PlainCall.run("TlsConnection.connect", c -> connect(host, port, context, c));
  }

  /**
   * The twin of {@link #connect(String, int, SSLContext)}; not for users.
   *
   * @hidden
   */
  public static TlsConnection connect(String host, int port, SSLContext context, Continuation c)
      throws IOException {
    return connect(host, port, context, new SSLParameters(), c);
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
    return PlainCall.run("TlsConnection.connect", c -> connect(host, port, context, parameters, c));
  }

  /**
   * The twin of {@link #connect(String, int, SSLContext, SSLParameters)}; not for users.
   *
   * @hidden
   */
  public static TlsConnection connect(
      String host, int port, SSLContext context, SSLParameters parameters, Continuation c)
      throws IOException {
    SSLEngine engine = clientEngine(host, port, context, parameters);
    return Then.call(
        "TlsConnection.connect",
        c,
        d -> TcpConnection.connect(host, port, d),
        (tcp, d) -> tcp.startTls(engine, d));
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

  /** Shakes hands, or closes the connection. */
  static TlsConnection start(TlsConnection connection, Continuation c) {
    return Then.call(
        "TcpConnection.startTls",
        c,
        d -> {
          connection.handshake(d);
          return TaskContinuation.<@Nullable Void>dummy();
        },
        (nothing, d) -> connection,
        (failure, d) -> {
          connection.close();
          throw failure;
        });
  }

  private void handshake(Continuation c) {
    Output.Writing handshake =
        output.new Writing("TcpConnection.startTls") {
          @Override
          boolean go() throws IOException {
            return turns.step(turns.writer, () -> tls.handshake() ? 1 : 0) > 0;
          }
        };
    handshake.run(c);
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

  /** The channel, for its options; whoever reads or writes by it breaks the connection. */
  @Override
  public SocketChannel channel() {
    return transport.channel();
  }

  // ---- what a connection does

  @Override
  int tryRead(ByteBuffer to) throws IOException {
    return turns.step(turns.reader, () -> tls.read(to));
  }

  @Override
  void awaitReadable(String operation, Continuation c) {
    turns.await(turns.reader, operation, c);
  }

  @Override
  void readingEnded() {
    turns.over(turns.reader);
  }

  @Override
  boolean tryWrite(ByteBuffer from) throws IOException {
    return turns.step(turns.writer, () -> tls.write(from) ? 1 : 0) > 0;
  }

  @Override
  boolean tryShutdownOutput() throws IOException {
    return turns.step(turns.writer, () -> tls.shutdownOutput() ? 1 : 0) > 0;
  }

  @Override
  void awaitWritable(String operation, Continuation c) {
    turns.await(turns.writer, operation, c);
  }

  @Override
  void writingEnded() {
    turns.over(turns.writer);
  }

  /**
   * Closes it, without waiting. The peer learns that this side's stream has ended if that goes out at once, as it nearly always does, and if
   * no write was cancelled half way; {@link #shutdownOutput()} before makes sure. See {@link Connection#close()}.
   */
  @Override
  public void close() throws IOException {
    boolean cut = output.isCut();
    synchronized (tls) {
      if (isOpen()) {
        tls.end(cut || turns.isWorking());
      }
    }
    try {
      super.close();
    } finally {
      turns.closed();
    }
  }

  @Override
  public String toString() {
    return isOpen() ? "TlsConnection to " + remoteAddress() : "TlsConnection, closed";
  }
}
