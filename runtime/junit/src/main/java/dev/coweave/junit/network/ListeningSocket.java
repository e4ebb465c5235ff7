package dev.coweave.junit.network;

import static java.nio.channels.SelectionKey.OP_ACCEPT;

import dev.coweave.io.network.Network;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Listens. */
final class ListeningSocket extends Socket implements Network.Listener {
  /** The JDK's, for who doesn't say. */
  private static final int BACKLOG = 50;

  private final int backlog;
  private final InetSocketAddress at;
  private final ArrayDeque<TcpSocket> queue = new ArrayDeque<>();

  /** How many connections have a place in the queue, and aren't established yet. */
  private int coming;

  ListeningSocket(Host host, InetSocketAddress address, int backlog) throws IOException {
    super(host);
    this.backlog = backlog < 1 ? BACKLOG : backlog;
    this.at = boundTo(host.tcp, address);
  }

  @Override
  boolean isReady(int operation) {
    return !queue.isEmpty();
  }

  @Override
  public Network.@Nullable Stream accept() throws IOException {
    checkOpen();
    return queue.poll();
  }

  /**
   * Somebody wants to connect.
   *
   * @param here where to
   * @return this side of the connection; null if the queue is full: Linux lets one more in than it was told, and doesn't answer the next
   */
  @Nullable TcpSocket asked(TcpSocket client, InetSocketAddress here, InetSocketAddress there) {
    if (queue.size() + coming > backlog) {
      return null;
    }
    coming++;
    TcpSocket side = new TcpSocket(host, this);
    side.joins(client, here, there);
    return side;
  }

  void established(TcpSocket side) {
    coming--;
    if (isOpen()) {
      queue.add(side);
      wake(OP_ACCEPT);
    } else {
      side.abort();
    }
  }

  void neverEstablished() {
    coming--;
  }

  @Override
  void ends() {
    host.tcp.free(at);
    queue.forEach(TcpSocket::abort);
    queue.clear();
  }

  @Override
  public String toString() {
    return "TCP listening at " + at;
  }
}
