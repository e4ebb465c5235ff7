package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.io.network.SystemNetwork;
import dev.coweave.task.HalfMade;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** A TCP connection; see {@link Connection}. */
public final class TcpConnection extends Connection {
  private static final String TLS = "the TlsConnection over it";

  /** How much one write to the operating system takes at most: it copies what lies on the heap, and others are to have their turn. */
  private static final int PIECE = 1 << 17;

  /** How far a failure's causes are followed; they may be a circle. */
  private static final int MOST_CAUSES = 20;

  private static final Operation CONNECT = Operation.of(TcpConnection.class, "connect");
  private static final Operations OPERATIONS = Operations.of(TcpConnection.class);

  /** Initialises this class, while there is memory for it: without, no server could ever accept a connection again. */
  static void load() {
    Objects.requireNonNull(Buffers.EMPTY);
  }

  private final Network.Stream stream;

  /** The last read left room: there was no more, so that the next waits first. */
  private boolean drained;

  /** The last write was of a whole piece, so that the next may be tried at once. */
  private boolean mayWrite;

  /** Thrown by the last read that failed; null if none has. */
  private volatile @Nullable Throwable readFailure;

  /** Thrown by the last write that failed; null if none has. It may fail for what the reader has met, or the other way round. */
  private volatile @Nullable Throwable writeFailure;

  /**
   * A connection over a channel that is connected already.
   *
   * @param channel made non-blocking, and closed with this
   * @throws IOException if the channel is closed
   * @throws UnsupportedOperationException in a simulated network
   */
  public TcpConnection(SocketChannel channel) throws IOException {
    this(streamOf(channel));
  }

  private static Network.Stream streamOf(SocketChannel channel) throws IOException {
    Network.checkReal("new TcpConnection");
    return SystemNetwork.stream(channel);
  }

  TcpConnection(Network.Stream stream) {
    super(OPERATIONS);
    this.stream = stream;
  }

  /**
   * Connects to the first of a host's addresses that can be reached. Bound it with {@code Task.timeout}, for an operating system tries for
   * minutes. If this is cancelled nothing stays open.
   *
   * @param host a name or an address; names are looked up on a worker thread
   * @param port its port
   * @return the connection, with Nagle's algorithm off
   * @throws UnknownHostException if it has no address
   * @throws java.net.ConnectException if the peer refuses
   * @throws IOException if none of its addresses can be reached: the failure of the last, with the others suppressed
   */
  @Coroutine
  public static TcpConnection connect(String host, int port) throws IOException {
    Objects.requireNonNull(host, "host");
    IOException failure = null;
    for (InetAddress address : Network.here().addresses(host, CONNECT)) {
      try {
        return connect(new InetSocketAddress(address, port));
      } catch (IOException e) {
        if (failure != null) {
          e.addSuppressed(failure);
        }
        failure = e;
      }
    }
    throw failure == null ? new UnknownHostException(host) : failure;
  }

  /**
   * Connects; see {@link #connect(String, int)}.
   *
   * @param address one that is unresolved is looked up on a worker thread
   * @return the connection, with Nagle's algorithm off
   * @throws UnknownHostException if it is unresolved, and has no address
   * @throws java.net.ConnectException if the peer refuses
   * @throws IOException if it can't be reached
   */
  @Coroutine
  public static TcpConnection connect(SocketAddress address) throws IOException {
    if (address instanceof InetSocketAddress a && a.isUnresolved()) {
      return connect(a.getHostString(), a.getPort());
    }
    Waits.checkpoint(Operations.PRICE);
    Network.Stream stream = Network.here().stream();
    TcpConnection connection = null;
    HalfMade half = null;
    try {
      boolean connected = stream.connect(address);
      if (!connected) {
        half = HalfMade.until(() -> Endings.closeQuietly(stream));
      }
      while (!connected) {
        stream.await(SelectionKey.OP_CONNECT, CONNECT);
        connected = stream.finishConnect();
      }
      connection = new TcpConnection(stream);
      return connection;
    } finally {
      if (connection == null) {
        Endings.closeQuietly(stream); // It never was a connection.
      }
      if (half != null) {
        half.isMade();
      }
    }
  }

  // ---- TLS

  /**
   * Goes on with TLS as a client: after a STARTTLS, or through a proxy's tunnel. The server's certificate must be for that host. From here on
   * the connection is used by what this returns. Bound it with {@code Task.timeout}; if it is cancelled or fails the connection is closed.
   *
   * @param host the name that the server is to prove
   * @param context whom to trust, and who this is
   * @return the connection, after its handshake
   * @throws javax.net.ssl.SSLException if the handshake fails, such as for the server's certificate
   * @throws IOException if the connection is broken
   * @throws IllegalStateException if another task reads or writes
   */
  @Coroutine
  public TlsConnection startTls(String host, SSLContext context) throws IOException {
    int port = remoteAddress() instanceof InetSocketAddress a ? a.getPort() : -1;
    return startTls(host, port, context, new SSLParameters());
  }

  /**
   * Goes on with TLS on either side, as an engine says: its mode, protocols, ciphers, ALPN, client certificates, and whether it verifies
   * the peer's name. Bytes that were buffered here are taken for the peer's first bytes of TLS, so that nobody can slip in plain ones.
   *
   * @param engine a new one, from now on used by the connection
   * @return the connection, after its handshake
   * @throws javax.net.ssl.SSLException if the handshake fails
   * @throws IOException if the connection is broken
   * @throws IllegalStateException if another task reads or writes
   */
  @Coroutine
  public TlsConnection startTls(SSLEngine engine) throws IOException {
    return TlsConnection.start(this, engine, false);
  }

  /** Goes on with TLS as a client that verifies whom it talks to. */
  @Coroutine
  TlsConnection startTls(String host, int port, SSLContext context, SSLParameters parameters)
      throws IOException {
    return TlsConnection.start(
        this, TlsConnection.clientEngine(host, port, context, parameters), true);
  }

  /** Gives both directions, and what was buffered, to TLS over this. */
  ByteQueue takeOver() {
    output.takeOver(TLS);
    try {
      return takeOver(TLS);
    } catch (IllegalStateException e) {
      output.giveBack();
      throw e;
    }
  }

  /**
   * The channel, for its options; whoever reads or writes by it mixes its bytes with those of others.
   *
   * @throws UnsupportedOperationException in a simulated network
   */
  public SocketChannel channel() {
    return (SocketChannel) stream.channel();
  }

  /** The peer's address; null if the connection is closed. */
  public @Nullable SocketAddress remoteAddress() {
    return stream.remoteAddress();
  }

  // ---- what a connection does

  @Override
  Network.Stream endpoint() {
    return stream;
  }

  @Override
  int tryRead(ByteBuffer to) throws IOException {
    if (drained) { // To be told costs less than to ask, and mostly nothing has come since.
      drained = false;
      return 0;
    }
    int room = to.remaining();
    int n = stream.read(to);
    drained = n > 0 && n < room;
    return n;
  }

  @Override
  boolean tryWrite(ByteBuffer from) throws IOException {
    int end = from.limit();
    int asked = Math.min(from.remaining(), PIECE);
    from.limit(from.position() + asked);
    try {
      mayWrite = stream.write(from) == asked;
    } finally {
      from.limit(end);
    }
    return !from.hasRemaining();
  }

  @Override
  boolean tryShutdownOutput() throws IOException {
    stream.shutdownOutput();
    return true;
  }

  @Override
  @Coroutine
  void awaitReadable(Operation operation) {
    stream.await(SelectionKey.OP_READ, operation);
  }

  @Override
  @Coroutine
  void awaitWritable(Operation operation) {
    if (mayWrite) {
      Waits.checkpoint(Operations.PRICE);
    } else {
      stream.await(SelectionKey.OP_WRITE, operation);
    }
  }

  @Override
  void readFailed(Throwable failure) {
    readFailure = failure;
  }

  @Override
  void writeFailed(Throwable failure) {
    writeFailure = failure;
  }

  /** Whether a failure comes from an operation of this, and so from what the peer did, or was too slow to do. */
  boolean hasFailedWith(Throwable t) {
    Throwable read = readFailure;
    Throwable write = writeFailure;
    Throwable cause = t;
    for (int i = 0; cause != null && i < MOST_CAUSES; i++) {
      if (cause == read || cause == write) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  @Override
  public String toString() {
    return isOpen() ? "TcpConnection to " + remoteAddress() : "TcpConnection, closed";
  }
}
