package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.util.Objects;

/**
 * Sends and receives datagrams. One task may receive while another sends; a receive that is cancelled or times out has taken none. May be
 * closed by any thread.
 */
public final class UdpSocket implements AutoCloseable {
  private static final Operation RECEIVE = Operation.of(UdpSocket.class, "receive");
  private static final Operation SEND = Operation.of(UdpSocket.class, "send");

  private final Network.Datagrams socket;

  private UdpSocket(Network.Datagrams socket) {
    this.socket = socket;
  }

  /**
   * Opens a socket.
   *
   * @param address where it receives; port 0 for any that is free
   * @return the socket
   * @throws IOException such as {@link java.net.BindException} if the address is in use
   */
  public static UdpSocket bind(SocketAddress address) throws IOException {
    Network.Datagrams socket = Network.here().datagrams(Objects.requireNonNull(address, "address"));
    try {
      return new UdpSocket(socket);
    } catch (Throwable t) {
      Endings.closeAfter(t, socket);
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
    socket.connect(peer);
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
    Waits.checkpoint(Operations.PRICE);
    SocketAddress sender = socket.receive(to);
    while (sender == null) {
      socket.await(SelectionKey.OP_READ, RECEIVE);
      sender = socket.receive(to);
    }
    return sender;
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
    Waits.checkpoint(Operations.PRICE);
    while (!socket.send(from, peer)) {
      socket.await(SelectionKey.OP_WRITE, SEND);
    }
  }

  /**
   * Where it receives.
   *
   * @throws IOException if it is closed
   */
  public InetSocketAddress localAddress() throws IOException {
    return (InetSocketAddress) socket.localAddress();
  }

  /**
   * The channel, for its options.
   *
   * @throws UnsupportedOperationException in a simulated network
   */
  public DatagramChannel channel() {
    return (DatagramChannel) socket.channel();
  }

  /** Closes it; whoever waits fails with a {@link java.nio.channels.AsynchronousCloseException}. Any thread. */
  @Override
  public void close() throws IOException {
    socket.close();
  }
}
