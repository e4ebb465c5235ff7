package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.loop.Poller;
import dev.coweave.task.PlainCall;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import org.jspecify.annotations.Nullable;

/**
 * Sends and receives datagrams. One task may receive while another sends; a receive that is cancelled or times out has taken none. May be
 * closed by any thread.
 */
@Stamp(abi = Stamp.ABI)
public final class UdpSocket implements AutoCloseable {
  private final DatagramChannel channel;

  private UdpSocket(DatagramChannel channel) {
    this.channel = channel;
  }

  /**
   * Opens a socket.
   *
   * @param address where it receives; port 0 for any that is free
   * @return the socket
   * @throws IOException such as {@link java.net.BindException} if the address is in use
   */
  public static UdpSocket bind(SocketAddress address) throws IOException {
    DatagramChannel channel = DatagramChannel.open();
    try {
      channel.configureBlocking(false);
      channel.bind(address);
      return new UdpSocket(channel);
    } catch (Throwable t) {
      channel.close();
      throw t;
    }
  }

  /**
   * Takes datagrams of one peer only from now on.
   *
   * @param peer resolved
   * @throws IOException if the socket is closed
   */
  public void connect(SocketAddress peer) throws IOException {
    channel.connect(peer);
  }

  /**
   * Receives a datagram, waiting until there is one.
   *
   * @param to takes the bytes; what it has no room for is lost
   * @return who sent it
   * @throws java.nio.channels.AsynchronousCloseException if the socket is closed meanwhile
   * @throws IOException if something goes wrong, such as {@link java.net.PortUnreachableException} of a connected socket
   */
  @Coroutine
  public SocketAddress receive(ByteBuffer to) throws IOException {
    return PlainCall.run("UdpSocket.receive", c -> receive(to, c));
  }

  /**
   * The twin of {@link #receive(ByteBuffer)}; not for users.
   *
   * @hidden
   */
  public SocketAddress receive(ByteBuffer to, Continuation c) throws IOException {
    return new Attempt<SocketAddress>("UdpSocket.receive") {
      @Override
      @Nullable SocketAddress attempt() throws IOException {
        return channel.receive(to);
      }

      @Override
      void await(Continuation d) {
        Poller.await(channel, SelectionKey.OP_READ, name, d);
      }
    }.begin(c);
  }

  /**
   * Sends a datagram, waiting until the operating system takes it.
   *
   * @param from the bytes
   * @param peer resolved
   * @throws java.nio.channels.AsynchronousCloseException if the socket is closed meanwhile
   * @throws IOException if it can't be sent, such as one that is too long
   */
  @Coroutine
  public void send(ByteBuffer from, SocketAddress peer) throws IOException {
    PlainCall.act("UdpSocket.send", c -> send(from, peer, c));
  }

  /**
   * The twin of {@link #send(ByteBuffer, SocketAddress)}; not for users.
   *
   * @hidden
   */
  public void send(ByteBuffer from, SocketAddress peer, Continuation c) throws IOException {
    boolean empty = !from.hasRemaining();
    Boolean unused =
        new Attempt<Boolean>("UdpSocket.send") {
          @Override
          @Nullable Boolean attempt() throws IOException {
            return channel.send(from, peer) > 0 || empty ? Boolean.TRUE : null;
          }

          @Override
          void await(Continuation d) {
            Poller.await(channel, SelectionKey.OP_WRITE, name, d);
          }
        }.begin(c);
  }

  /**
   * Where it receives.
   *
   * @throws IOException if it is closed
   */
  public InetSocketAddress localAddress() throws IOException {
    return (InetSocketAddress) channel.getLocalAddress();
  }

  /** The channel, for its options. */
  public DatagramChannel channel() {
    return channel;
  }

  /** Closes it; whoever waits fails with a {@link java.nio.channels.AsynchronousCloseException}. Any thread. */
  @Override
  public void close() throws IOException {
    Poller.close(channel);
  }
}
