package dev.coweave.io;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How many connections each peer has open. Thread-safe. */
final class Peers {
  /** How much of an IPv6 address names a network of one owner, in bytes (RFC 6177). */
  private static final int NETWORK = 8;

  private final ConcurrentHashMap<Object, Integer> open = new ConcurrentHashMap<>();
  private volatile int limit = Integer.MAX_VALUE;

  void limit(int connections) {
    limit = connections;
  }

  /** A connection begins, unless its peer has too many; {@link #leave} follows then. */
  boolean enter(@Nullable SocketAddress peer) {
    Object key = key(peer);
    boolean[] entered = {true};
    if (key != null) {
      open.compute(
          key,
          (k, n) -> {
            int now = n == null ? 0 : n;
            entered[0] = now < limit;
            return entered[0] ? Integer.valueOf(now + 1) : n;
          });
    }
    return entered[0];
  }

  void leave(@Nullable SocketAddress peer) {
    Object key = key(peer);
    if (key != null) {
      open.computeIfPresent(key, (k, n) -> n == 1 ? null : n - 1);
    }
  }

  /** Null for one that has closed already, or has no address. */
  private static @Nullable Object key(@Nullable SocketAddress peer) {
    if (!(peer instanceof InetSocketAddress a) || a.getAddress() == null) {
      return null;
    }
    return a.getAddress() instanceof Inet6Address v6
        ? ByteBuffer.wrap(Arrays.copyOf(v6.getAddress(), NETWORK))
        : a.getAddress();
  }
}
