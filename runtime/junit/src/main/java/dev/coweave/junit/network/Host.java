package dev.coweave.junit.network;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A node's machine as its network sees it: an address, ports, and the sockets that its process has open. */
final class Host implements Network {
  private final Wires wires;
  private final int index;
  private final InetAddress address;

  final Ports<ListeningSocket> tcp = new Ports<>();
  final Ports<UdpEnd> udp = new Ports<>();

  /** All that is open, in the order of opening. */
  private final Set<Socket> sockets = new LinkedHashSet<>();

  private boolean on;

  Host(Wires wires, int index, InetAddress address) {
    this.wires = wires;
    this.index = index;
    this.address = address;
  }

  int index() {
    return index;
  }

  String name() {
    return address.getHostName();
  }

  InetAddress address() {
    return address;
  }

  Stage stage() {
    return wires.stage();
  }

  int buffers() {
    return wires.buffers;
  }

  @Nullable Host peer(InetAddress at) {
    return wires.at(at, this);
  }

  Link linkTo(Host other) {
    return wires.link(this, other);
  }

  // ---- its life

  /** Whether its machine answers at all. */
  boolean isOn() {
    return on;
  }

  void powerOn() {
    on = true;
  }

  /** Everything is gone, and nobody is told. */
  void powerOff() {
    on = false;
    all().forEach(Socket::vanish);
    sockets.clear();
    tcp.clear();
    udp.clear();
  }

  /** The machine closes what its process has left open. */
  void processEnds() {
    all().forEach(Socket::close);
  }

  /** Its connections with another host are reset, on this side. */
  void reset(Host other) {
    for (Socket s : all()) {
      if (s instanceof TcpSocket t && t.isWith(other)) {
        t.resets();
      }
    }
  }

  private List<Socket> all() {
    return new ArrayList<>(sockets);
  }

  void opened(Socket s) {
    sockets.add(s);
  }

  void closed(Socket s) {
    sockets.remove(s);
  }

  // ---- addresses

  /** Whether packets for an address stay within this host. */
  boolean isLocal(InetAddress a) {
    return a.isLoopbackAddress() || a.isAnyLocalAddress() || a.equals(address);
  }

  static InetSocketAddress checked(SocketAddress a) {
    if (!(a instanceof InetSocketAddress i)) {
      throw new UnsupportedAddressTypeException();
    }
    if (i.isUnresolved()) {
      throw new UnresolvedAddressException();
    }
    return i;
  }

  // ---- the network of its tasks

  @Override
  public Stream stream() throws IOException {
    checkOn();
    return new TcpSocket(this, null);
  }

  @Override
  public Listener listen(SocketAddress at, int backlog) throws IOException {
    checkOn();
    return new ListeningSocket(this, checked(at), backlog);
  }

  @Override
  public Datagrams datagrams(SocketAddress at) throws IOException {
    checkOn();
    return new UdpEnd(this, checked(at));
  }

  /** Only one of another node can ask in vain: this one's tasks have no turn then. */
  private void checkOn() throws SocketException {
    if (!on) {
      throw new SocketException("Network is down");
    }
  }

  @Override
  @Coroutine
  public InetAddress[] addresses(String host, Operation operation) throws UnknownHostException {
    Link way = linkTo(this);
    long answered = stage().nanoTime() + 2 * way.delay();
    Waits.<@Nullable Void>suspend(
        operation,
        c -> {
          SocketWait wait = new SocketWait(c.task(), operation, "the name " + host);
          stage().at(answered, wait::goOn);
          return wait;
        });
    return wires.names.look(host);
  }

  @Override
  public String toString() {
    return name();
  }
}
