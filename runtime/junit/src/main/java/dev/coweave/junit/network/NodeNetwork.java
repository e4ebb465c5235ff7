package dev.coweave.junit.network;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/** The network of a node's tasks. */
final class NodeNetwork implements Network {
  private final Host host;

  NodeNetwork(Host host) {
    this.host = host;
  }

  @Override
  public Stream stream() throws IOException {
    host.checkOn();
    return new TcpSocket(host, null);
  }

  @Override
  public Listener listen(SocketAddress at, int backlog) throws IOException {
    host.checkOn();
    return new ListeningSocket(host, Socket.checked(at), backlog);
  }

  @Override
  public Datagrams datagrams(SocketAddress at) throws IOException {
    host.checkOn();
    return new UdpEnd(host, Socket.checked(at));
  }

  @Override
  @Coroutine
  public InetAddress[] addresses(String name, Operation operation) throws UnknownHostException {
    Events events = host.events();
    long answered = events.nanoTime() + 2 * host.linkTo(host).delay();
    Waits.<@Nullable Void>suspend(
        operation,
        c -> {
          SocketWait wait = new SocketWait(c.task(), operation, "the name " + name);
          events.at(answered, "a name", wait::goOn);
          return wait;
        });
    return host.look(name);
  }
}
