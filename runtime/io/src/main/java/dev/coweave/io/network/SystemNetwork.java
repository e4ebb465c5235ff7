package dev.coweave.io.network;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.wait.ChannelNames;
import dev.coweave.wait.OffloadedCall;
import dev.coweave.wait.Poller;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** The operating system's network, by non-blocking channels. */
public final class SystemNetwork implements Network {
  static final SystemNetwork INSTANCE = new SystemNetwork();

  private SystemNetwork() {}

  /**
   * A stream over a channel.
   *
   * @param channel made non-blocking
   */
  public static Stream stream(SocketChannel channel) throws IOException {
    channel.configureBlocking(false);
    return new ChannelStream(channel);
  }

  @Override
  public Stream stream() throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      return stream(channel);
    } catch (Throwable t) {
      closeAfter(t, channel);
      throw t;
    }
  }

  @Override
  public Listener listen(SocketAddress address, int backlog) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.bind(address, backlog);
      return new ChannelListener(channel);
    } catch (Throwable t) {
      closeAfter(t, channel);
      throw t;
    }
  }

  @Override
  public Datagrams datagrams(SocketAddress address) throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    try {
      channel.configureBlocking(false);
      channel.bind(address);
      return new ChannelDatagrams(channel);
    } catch (Throwable t) {
      closeAfter(t, channel);
      throw t;
    }
  }

  /** Closes what could not be used, for a reason that is thrown next. */
  private static void closeAfter(Throwable reason, Closeable channel) {
    try {
      channel.close();
    } catch (Throwable t) {
      if (t != reason) {
        reason.addSuppressed(t);
      }
    }
  }

  @Override
  @Coroutine
  public InetAddress[] addresses(String host, Operation operation) throws IOException {
    return OffloadedCall.call(operation, "the name " + host, () -> InetAddress.getAllByName(host));
  }

  private abstract static class ChannelEndpoint<C extends SelectableChannel> implements Endpoint {
    final C channel;

    ChannelEndpoint(C channel) {
      this.channel = channel;
    }

    @Override
    @Coroutine
    public final void await(int operation, Operation name) {
      Poller.await(channel, operation, name);
    }

    @Override
    public final boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public final SelectableChannel channel() {
      return channel;
    }

    @Override
    public final void close() throws IOException {
      Poller.close(channel);
    }

    @Override
    public final String toString() {
      return ChannelNames.of(channel);
    }
  }

  private static final class ChannelStream extends ChannelEndpoint<SocketChannel>
      implements Stream {
    ChannelStream(SocketChannel channel) {
      super(channel);
    }

    @Override
    public boolean connect(SocketAddress peer) throws IOException {
      return connected(channel.connect(peer));
    }

    @Override
    public boolean finishConnect() throws IOException {
      return connected(channel.finishConnect());
    }

    private boolean connected(boolean connected) throws IOException {
      if (connected) {
        withoutDelay(channel);
      }
      return connected;
    }

    @Override
    public int read(ByteBuffer to) throws IOException {
      return channel.read(to);
    }

    @Override
    public int write(ByteBuffer from) throws IOException {
      return channel.write(from);
    }

    @Override
    public void shutdownOutput() throws IOException {
      channel.shutdownOutput();
    }

    @Override
    public SocketAddress localAddress() throws IOException {
      return channel.getLocalAddress();
    }

    @Override
    public @Nullable SocketAddress remoteAddress() {
      try {
        return channel.getRemoteAddress();
      } catch (IOException e) {
        return null;
      }
    }
  }

  /** Small writes go out at once. */
  private static void withoutDelay(SocketChannel channel) throws IOException {
    if (channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
      try {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      } catch (IOException e) {
        // Some systems refuse it on a connection that the peer has reset: whoever reads learns
        // that.
      }
    }
  }

  private static final class ChannelListener extends ChannelEndpoint<ServerSocketChannel>
      implements Listener {
    ChannelListener(ServerSocketChannel channel) {
      super(channel);
    }

    @Override
    public @Nullable Stream accept() throws IOException {
      SocketChannel accepted = channel.accept();
      if (accepted == null) {
        return null;
      }
      try {
        withoutDelay(accepted);
        return stream(accepted);
      } catch (Throwable t) {
        closeAfter(t, accepted);
        throw t;
      }
    }

    @Override
    public SocketAddress localAddress() throws IOException {
      return channel.getLocalAddress();
    }
  }

  private static final class ChannelDatagrams extends ChannelEndpoint<DatagramChannel>
      implements Datagrams {
    ChannelDatagrams(DatagramChannel channel) {
      super(channel);
    }

    @Override
    public void connect(SocketAddress peer) throws IOException {
      channel.connect(peer);
    }

    @Override
    public @Nullable SocketAddress receive(ByteBuffer to) throws IOException {
      return channel.receive(to);
    }

    @Override
    public boolean send(ByteBuffer from, SocketAddress peer) throws IOException {
      boolean empty = !from.hasRemaining();
      return channel.send(from, peer) > 0 || empty;
    }

    @Override
    public SocketAddress localAddress() throws IOException {
      return channel.getLocalAddress();
    }
  }
}
