package dev.coweave.io.network;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.wait.Waits;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/**
 * The network that sockets are made on: the operating system's, unless a loop has another in its place. Nothing but the coroutines blocks; an
 * endpoint may be closed by any thread, and is otherwise used by one task in each direction.
 */
public interface Network {
  /** The network of the running loop, or the operating system's. */
  static Network here() {
    Network n = Waits.substitute(Network.class);
    return n == null ? SystemNetwork.INSTANCE : n;
  }

  /** Whether it is the operating system's, as it is but in a simulation. */
  static boolean isReal() {
    return here() == SystemNetwork.INSTANCE;
  }

  /**
   * Refuses the operating system's channels on a loop that has another network.
   *
   * @param what would use one, as the user wrote it
   * @throws UnsupportedOperationException on such a loop
   */
  static void checkReal(Object what) {
    if (!isReal()) {
      throw new UnsupportedOperationException(
          "COWEAVE-480: "
              + what
              + " of one of the operating system's channels in a simulated network\n"
              + "  because: nobody could repeat when it becomes ready\n"
              + "  fix: use the sockets of dev.coweave.io there: TcpConnection.connect,"
              + " TcpServer.bind, UdpSocket.bind");
    }
  }

  /** A stream that {@link Stream#connect} follows. */
  Stream stream() throws IOException;

  /**
   * Listens.
   *
   * @param address where; port 0 for any that is free
   * @param backlog how many connections may wait to be accepted
   */
  Listener listen(SocketAddress address, int backlog) throws IOException;

  /**
   * Opens a socket of datagrams.
   *
   * @param address where it receives; port 0 for any that is free
   */
  Datagrams datagrams(SocketAddress address) throws IOException;

  /**
   * Looks a name up.
   *
   * @param host a name or an address
   * @param operation what waits for it, as the user wrote it
   * @return its addresses, at least one
   * @throws java.net.UnknownHostException if it has none
   */
  @Coroutine
  InetAddress[] addresses(String host, Operation operation) throws IOException;

  /** The operations of sockets of all kinds. */
  interface Endpoint extends Closeable {
    /**
     * Waits until something can be tried again.
     *
     * @param operation one of {@link java.nio.channels.SelectionKey}'s
     * @param name what waits, as the user wrote it
     */
    @Coroutine
    void await(int operation, Operation name);

    /** Where it is bound to. */
    SocketAddress localAddress() throws IOException;

    boolean isOpen();

    /**
     * The operating system's channel.
     *
     * @throws UnsupportedOperationException if it isn't one of the operating system's
     */
    SelectableChannel channel();
  }

  /** A stream of bytes each way. */
  interface Stream extends Endpoint {
    /** Begins to connect; whether it is connected already. */
    boolean connect(SocketAddress peer) throws IOException;

    /** Whether it is connected now. */
    boolean finishConnect() throws IOException;

    /** Reads what is there: how many bytes, 0 if it would block, -1 at the end. */
    int read(ByteBuffer to) throws IOException;

    /** Writes what it can; how many bytes. */
    int write(ByteBuffer from) throws IOException;

    /** Ends this side's stream. */
    void shutdownOutput() throws IOException;

    /** The peer's address; null if it is closed. */
    @Nullable SocketAddress remoteAddress();
  }

  /** A socket that accepts streams. */
  interface Listener extends Endpoint {
    /** A connection; null if there is none now. */
    @Nullable Stream accept() throws IOException;
  }

  /** Sends and receives datagrams. */
  interface Datagrams extends Endpoint {
    /** Takes datagrams of one peer only from now on. */
    void connect(SocketAddress peer) throws IOException;

    /** Receives one: who sent it; null if there is none now. */
    @Nullable SocketAddress receive(ByteBuffer to) throws IOException;

    /** Sends one; whether it was taken. */
    boolean send(ByteBuffer from, SocketAddress peer) throws IOException;
  }
}
