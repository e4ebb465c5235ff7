package dev.coweave.junit.network;

import static java.nio.channels.SelectionKey.OP_READ;

import dev.coweave.io.network.Network;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** A socket of datagrams, each of which travels alone. */
final class UdpEnd extends Socket implements Network.Datagrams {
  /** The most bytes that IPv4 carries in one. */
  private static final int LONGEST = 65_507;

  private record Datagram(InetSocketAddress from, byte[] bytes) {}

  private final ArrayDeque<Datagram> received = new ArrayDeque<>();
  private final int buffers;
  private final InetSocketAddress at;

  /** How traces call what arrives. */
  private final String what;

  private int unread;
  private @Nullable InetSocketAddress peer;

  /** The peer's machine has answered that nobody receives there. */
  private boolean unreachable;

  UdpEnd(Host host, InetSocketAddress address) throws IOException {
    super(host);
    this.buffers = host.buffers();
    this.at = boundTo(host.udp, address);
    this.what = "a datagram of " + host;
  }

  @Override
  boolean isReady(int operation) {
    return operation != OP_READ || !received.isEmpty() || unreachable;
  }

  @Override
  public void connect(SocketAddress to) throws IOException {
    checkOpen();
    if (peer != null) {
      throw new AlreadyConnectedException();
    }
    peer = checked(to);
    received.clear(); // the JDK does
    unread = 0;
  }

  @Override
  public @Nullable SocketAddress receive(ByteBuffer to) throws IOException {
    checkOpen();
    checkReachable();
    Datagram d = received.poll();
    if (d == null) {
      return null;
    }
    unread -= d.bytes.length;
    to.put(d.bytes, 0, Math.min(to.remaining(), d.bytes.length));
    return d.from;
  }

  private void checkReachable() throws PortUnreachableException {
    if (unreachable) {
      unreachable = false;
      throw new PortUnreachableException();
    }
  }

  @Override
  public boolean send(ByteBuffer from, SocketAddress to) throws IOException {
    checkOpen();
    InetSocketAddress target = checked(to);
    if (peer != null && !peer.equals(target)) {
      throw new AlreadyConnectedException();
    }
    checkReachable();
    if (from.remaining() > LONGEST) {
      throw new IOException("Message too long");
    }
    byte[] bytes = new byte[from.remaining()];
    from.get(bytes);
    InetAddress address =
        target.getAddress().isAnyLocalAddress()
            ? InetAddress.getLoopbackAddress()
            : target.getAddress();
    Host host = this.host.peer(address);
    if (host != null) {
      send(bytes, host, new InetSocketAddress(address, target.getPort()));
    }
    return true;
  }

  private void send(byte[] bytes, Host to, InetSocketAddress target) {
    Link way = host.linkTo(to);
    InetSocketAddress source = new InetSocketAddress(source(target.getAddress()), at.getPort());
    int copies = way.copiesNext() ? 2 : 1;
    for (int i = 0; i < copies; i++) {
      if (!way.losesNext()) {
        long takes = way.duration(bytes.length) + way.delay();
        host.events()
            .at(
                host.events().nanoTime() + takes,
                what,
                () -> arrives(new Datagram(source, bytes), to, target, way));
      }
    }
  }

  /** As which of its addresses it sends. */
  private InetAddress source(InetAddress target) {
    if (!at.getAddress().isAnyLocalAddress()) {
      return at.getAddress();
    }
    return host.isLocal(target) ? target : host.address();
  }

  private void arrives(Datagram d, Host to, InetSocketAddress target, Link way) {
    if (way.cut || !to.isOn()) {
      return;
    }
    if (to.udp.at(target) instanceof UdpEnd end) {
      end.take(d);
    } else if (target.equals(peer)) {
      isUnreachable(to);
    }
  }

  private void take(Datagram d) {
    boolean wanted = peer == null || peer.equals(d.from);
    if (wanted && unread + d.bytes.length <= buffers) {
      unread += d.bytes.length;
      received.add(d);
      wake(OP_READ);
    }
  }

  /** ICMP says so, to those who have connected. */
  private void isUnreachable(Host there) {
    Link back = there.linkTo(host);
    host.events()
        .at(
            host.events().nanoTime() + back.delay(),
            what,
            () -> {
              if (!back.cut) {
                unreachable = true;
                wake(OP_READ);
              }
            });
  }

  @Override
  void ends() {
    host.udp.free(at);
  }

  @Override
  public String toString() {
    return "UDP at " + at;
  }
}
