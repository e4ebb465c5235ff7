package dev.coweave.junit.network;

import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who has which port of a host, for one protocol.
 *
 * @param <S> the kind of socket
 */
final class Ports<S> {
  /** Those that are given to who asks for any: Linux's. */
  private static final int FIRST = 32_768;

  private static final int LAST = 60_999;

  private record Bound<S>(InetAddress address, @Nullable S socket) {
    /** Whether what is sent to an address comes here. */
    boolean takes(InetAddress to) {
      return address.isAnyLocalAddress() || address.equals(to) || to.isAnyLocalAddress();
    }
  }

  private final Map<Integer, List<Bound<S>>> bound = new HashMap<>();
  private int next = FIRST;

  /**
   * Takes an address.
   *
   * @param at port 0 for any that is free
   * @param socket null for one that takes a port, and can't be found by it
   * @return the address, with its port
   */
  InetSocketAddress bind(InetSocketAddress at, @Nullable S socket) throws BindException {
    InetAddress address = at.getAddress();
    int port = at.getPort() == 0 ? free(address) : at.getPort();
    if (isTaken(address, port)) {
      throw new BindException("Address already in use");
    }
    bound.computeIfAbsent(port, p -> new ArrayList<>(1)).add(new Bound<>(address, socket));
    return port == at.getPort() ? at : new InetSocketAddress(address, port);
  }

  private int free(InetAddress address) throws BindException {
    for (int tried = FIRST; tried <= LAST; tried++) {
      int port = next;
      next = next == LAST ? FIRST : next + 1;
      if (!isTaken(address, port)) {
        return port;
      }
    }
    throw new BindException("Address already in use");
  }

  private boolean isTaken(InetAddress address, int port) {
    for (Bound<S> b : bound.getOrDefault(port, List.of())) {
      if (b.takes(address)) {
        return true;
      }
    }
    return false;
  }

  void free(InetSocketAddress at) {
    List<Bound<S>> here = bound.get(at.getPort());
    if (here != null) {
      here.removeIf(b -> b.address.equals(at.getAddress()));
      if (here.isEmpty()) {
        bound.remove(at.getPort());
      }
    }
  }

  /** Who gets what is sent to an address; null if nobody does. */
  @Nullable S at(InetSocketAddress to) {
    for (Bound<S> b : bound.getOrDefault(to.getPort(), List.of())) {
      if (b.takes(to.getAddress())) {
        return b.socket;
      }
    }
    return null;
  }

  void clear() {
    bound.clear();
  }
}
