package dev.coweave.junit.network;

import java.net.InetAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A node's machine as its network sees it: an address, ports, and the sockets that its process has open. */
final class Host {
  private final Wires wires;
  private final int index;
  private final InetAddress address;

  final Ports<Socket> tcp = new Ports<>();
  final Ports<Socket> udp = new Ports<>();

  /** All that is open, in the order of opening. */
  private final Set<Socket> sockets = new LinkedHashSet<>();

  private boolean on;

  /** How often it has lost its power. */
  private int life;

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

  Events events() {
    return wires.events();
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

  int life() {
    return life;
  }

  void powerOn() {
    on = true;
  }

  /** Everything is gone, and nobody is told. */
  void powerOff() {
    on = false;
    life++;
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
    all().forEach(s -> s.resets(other));
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

  /** Only one of another node can ask in vain: this one's tasks have no turn then. */
  void checkOn() throws SocketException {
    if (!on) {
      throw new SocketException("Network is down");
    }
  }

  InetAddress[] look(String name) throws UnknownHostException {
    return wires.names.look(name);
  }

  @Override
  public String toString() {
    return name();
  }
}
