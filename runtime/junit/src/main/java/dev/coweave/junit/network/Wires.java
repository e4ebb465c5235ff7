package dev.coweave.junit.network;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** What joins the hosts of a network: the way from each to each, who has which address, and names. */
final class Wires {
  /** How many hosts there may be: those of 10.0.0.0/8, of which nobody will see the end. */
  private static final int MOST = 1 << 24;

  private final Events events;
  private final List<Host> hosts = new ArrayList<>();
  private final Map<InetAddress, Host> byAddress = new HashMap<>();

  /** By the indices of two hosts. */
  private final List<List<@Nullable Link>> links = new ArrayList<>();

  private Conditions conditions = Conditions.LOCAL;
  final Names names = new Names();
  int buffers = 1 << 17;

  Wires(Events events) {
    this.events = events;
  }

  Events events() {
    return events;
  }

  Host host(String name) {
    if (names.knows(name)) {
      throw new IllegalArgumentException("there is a node named " + name + " already");
    }
    int n = hosts.size() + 1;
    if (n >= MOST) {
      throw new IllegalStateException("too many nodes");
    }
    InetAddress address = address(name, n);
    Host host = new Host(this, hosts.size(), address);
    hosts.add(host);
    byAddress.put(address, host);
    names.put(name, List.of(address));
    links.add(new ArrayList<>());
    return host;
  }

  private static InetAddress address(String name, int n) {
    try {
      return InetAddress.getByAddress(
          name, new byte[] {10, (byte) (n >> 16), (byte) (n >> 8), (byte) n});
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // Four bytes are an address.
    }
  }

  /** Who has an address, as one of the hosts sees it; null if nobody has. */
  @Nullable Host at(InetAddress address, Host from) {
    return from.isLocal(address) ? from : byAddress.get(address);
  }

  Link link(Host from, Host to) {
    List<@Nullable Link> ways = links.get(from.index());
    while (ways.size() <= to.index()) {
      ways.add(null);
    }
    Link link = ways.get(to.index());
    if (link == null) {
      link = new Link(events.random(), from == to ? Conditions.LOOPBACK : conditions);
      ways.set(to.index(), link);
    }
    return link;
  }

  /** Those of now and of later; not those within a host. */
  Links all() {
    List<Link> all = new ArrayList<>();
    for (Host from : hosts) {
      for (Host to : hosts) {
        if (from != to) {
          all.add(link(from, to));
        }
      }
    }
    return new Links(all, change -> conditions = change.apply(conditions));
  }

  Links of(List<Link> some) {
    Consumer<UnaryOperator<Conditions>> none = change -> {};
    return new Links(some, none);
  }
}
