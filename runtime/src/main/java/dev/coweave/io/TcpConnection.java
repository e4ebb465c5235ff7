package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.loop.Poller;
import dev.coweave.task.PlainCall;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A TCP connection; see {@link Connection}. */
@Stamp(abi = Stamp.ABI)
public final class TcpConnection extends Connection {
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
   * Connects; bound it with {@code Task.timeout}, for an operating system tries for minutes. If this is cancelled nothing stays open.
   *
   * @param address resolved: names are looked up by {@code Task.blocking(() -> new InetSocketAddress(host, port))}
   * @return the connection, with Nagle's algorithm off
   * @throws UnknownHostException if the address is unresolved
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
      throw new UnknownHostException(a.getHostString());
    }
    return new Connect(SocketChannel.open(), address).begin(c);
  }

  private static final class Connect extends Attempt<TcpConnection> {
    private final SocketChannel channel;
    private final SocketAddress address;
    private boolean begun;
    private boolean connected;

    Connect(SocketChannel channel, SocketAddress address) {
      super(channel, "TcpConnection.connect");
      this.channel = channel;
      this.address = address;
    }

    @Override
    @Nullable TcpConnection attempt() throws IOException {
      if (!begun) {
        begun = true;
        channel.configureBlocking(false);
        connected = channel.connect(address);
      } else {
        connected = channel.finishConnect();
      }
      return connected ? of(channel) : null;
    }

    @Override
    int operation() {
      return SelectionKey.OP_CONNECT;
    }

    @Override
    void ended() {
      if (!connected) {
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
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }
    return new TcpConnection(channel);
  }

  /**
   * Ends this side's stream: the peer reads what was written, and then the end. Reading goes on.
   *
   * @throws IOException if the connection is broken
   */
  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
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
  int readsAfter() {
    return SelectionKey.OP_READ;
  }

  @Override
  int writesAfter() {
    return SelectionKey.OP_WRITE;
  }

  @Override
  public String toString() {
    return channel.isOpen() ? "TcpConnection to " + remoteAddress() : "TcpConnection, closed";
  }
}
