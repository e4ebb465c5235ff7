package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.loop.Poller;
import dev.coweave.task.PlainCall;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
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
@Stamp(abi = Stamp.ABI)
public final class TcpConnection extends Connection {
  private static final String TLS = "the TlsConnection over it";

  private final SocketChannel channel;

  /**
   * A connection over a channel that is connected already.
   *
   * @param channel made non-blocking, and closed with this
   * @throws IOException if the channel is closed
   */
  public TcpConnection(SocketChannel channel) throws IOException {
    super("TcpConnection");
    this.channel = channel;
    channel.configureBlocking(false);
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
    return PlainCall.run("TcpConnection.connect", c -> connect(host, port, c));
  }

  /**
   * The twin of {@link #connect(String, int)}; not for users.
   *
   * @hidden
   */
  public static TcpConnection connect(String host, int port, Continuation c) throws IOException {
    Objects.requireNonNull(host, "host");
    return Then.call(
        "TcpConnection.connect",
        c,
        d -> Outside.call(() -> InetAddress.getAllByName(host), "TcpConnection.connect", d),
        (addresses, d) -> connect(addresses, 0, port, d));
  }

  private static TcpConnection connect(InetAddress[] addresses, int i, int port, Continuation c) {
    return Then.call(
        "TcpConnection.connect",
        c,
        d -> connect(new InetSocketAddress(addresses[i], port), d),
        (connection, d) -> connection,
        (failure, d) -> {
          if (!(failure instanceof IOException) || i + 1 == addresses.length) {
            throw failure;
          }
          return connectToOthers(addresses, i + 1, port, failure, d);
        });
  }

  private static TcpConnection connectToOthers(
      InetAddress[] addresses, int i, int port, Throwable before, Continuation c) {
    return Then.call(
        "TcpConnection.connect",
        c,
        d -> connect(addresses, i, port, d),
        (connection, d) -> connection,
        (failure, d) -> {
          failure.addSuppressed(before);
          throw failure;
        });
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
    return PlainCall.run("TcpConnection.connect", c -> connect(address, c));
  }

  /**
   * The twin of {@link #connect(SocketAddress)}; not for users.
   *
   * @hidden
   */
  public static TcpConnection connect(SocketAddress address, Continuation c) throws IOException {
    if (address instanceof InetSocketAddress a && a.isUnresolved()) {
      return connect(a.getHostString(), a.getPort(), c);
    }
    return new Connect(address).begin(c);
  }

  private static final class Connect extends Attempt<TcpConnection> {
    private final SocketAddress address;
    private @Nullable SocketChannel channel;
    private boolean connected;

    Connect(SocketAddress address) {
      super("TcpConnection.connect");
      this.address = address;
    }

    @Override
    @Nullable TcpConnection attempt() throws IOException {
      return isConnected() ? of(Objects.requireNonNull(channel)) : null;
    }

    private boolean isConnected() throws IOException {
      if (channel == null) {
        channel = SocketChannel.open();
        channel.configureBlocking(false);
        connected = channel.connect(address);
      } else {
        connected = channel.finishConnect();
      }
      return connected;
    }

    @Override
    void await(Continuation c) {
      Poller.await(Objects.requireNonNull(channel), SelectionKey.OP_CONNECT, name, c);
    }

    @Override
    void ended() {
      if (!connected && channel != null) {
        try {
          Poller.close(channel);
        } catch (IOException e) {
          // It never was a connection: there is nothing to lose.
        }
      }
    }
  }

  /** A new connection: small writes go out at once. */
  static TcpConnection of(SocketChannel channel) throws IOException {
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      try {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      } catch (IOException e) {
        // Some systems refuse it on a connection that the peer has reset: whoever reads learns
        // that.
      }
    }
    return new TcpConnection(channel);
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
    return PlainCall.run("TcpConnection.startTls", c -> startTls(host, context, c));
  }

  /**
   * The twin of {@link #startTls(String, SSLContext)}; not for users.
   *
   * @hidden
   */
  public TlsConnection startTls(String host, SSLContext context, Continuation c)
      throws IOException {
    int port = remoteAddress() instanceof InetSocketAddress a ? a.getPort() : -1;
    return startTls(TlsConnection.clientEngine(host, port, context, new SSLParameters()), c);
  }

  /**
   * Goes on with TLS on either side, as an engine says: its mode, protocols, ciphers, ALPN, client certificates, and whether it verifies
   * the peer's name. What was buffered here is taken for the peer's first bytes of TLS, so that nobody can slip in plain ones.
   *
   * @param engine a new one, from now on used by the connection
   * @return the connection, after its handshake
   * @throws javax.net.ssl.SSLException if the handshake fails
   * @throws IOException if the connection is broken
   * @throws IllegalStateException if another task reads or writes
   */
  @Coroutine
  public TlsConnection startTls(SSLEngine engine) throws IOException {
    return PlainCall.run("TcpConnection.startTls", c -> startTls(engine, c));
  }

  /**
   * The twin of {@link #startTls(SSLEngine)}; not for users.
   *
   * @hidden
   */
  public TlsConnection startTls(SSLEngine engine, Continuation c) throws IOException {
    return TlsConnection.start(new TlsConnection(this, engine), c);
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

  /** The channel, for its options; whoever reads or writes by it mixes its bytes with those of others. */
  @Override
  public SocketChannel channel() {
    return channel;
  }

  /** The peer's address; null if the connection is closed. */
  public @Nullable SocketAddress remoteAddress() {
    try {
      return channel.getRemoteAddress();
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  int tryRead(ByteBuffer to) throws IOException {
    return channel.read(to);
  }

  @Override
  boolean tryWrite(ByteBuffer from) throws IOException {
    int n;
    do {
      n = channel.write(from);
    } while (n > 0 && from.hasRemaining());
    return !from.hasRemaining();
  }

  @Override
  boolean tryShutdownOutput() throws IOException {
    channel.shutdownOutput();
    return true;
  }

  @Override
  void awaitReadable(String operation, Continuation c) {
    Poller.await(channel, SelectionKey.OP_READ, operation, c);
  }

  @Override
  void awaitWritable(String operation, Continuation c) {
    Poller.await(channel, SelectionKey.OP_WRITE, operation, c);
  }

  @Override
  public String toString() {
    return channel.isOpen() ? "TcpConnection to " + remoteAddress() : "TcpConnection, closed";
  }
}
