package dev.coweave.durable;

import dev.coweave.durable.sql.NodeTable;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The time of engines in memory, which stands until it is set forward: of all nodes over one database. Thread-safe. */
final class VirtualTime {
  /** Where the nodes' database is. */
  final String url;

  private final List<DurableEngine> nodes = new CopyOnWriteArrayList<>();

  /** When the leases of nodes that crashed run out. */
  private final Set<Long> ends = new ConcurrentSkipListSet<>();

  VirtualTime(String url) {
    this.url = url;
  }

  void add(DurableEngine node) {
    nodes.add(node);
  }

  void remove(DurableEngine node) {
    nodes.remove(node);
  }

  /** A node has crashed, whose lease ends after so many milliseconds: then its runs are the others'. */
  void crashed(DurableEngine node, long lease) {
    ends.add(node.look(node.db::now) + lease);
    node.node.crash(lease);
    remove(node);
  }

  private @Nullable DurableEngine any() {
    return nodes.isEmpty() ? null : nodes.get(0);
  }

  /** Sets it forward, from one moment at which something is due to the next. */
  void advance(Duration time) {
    settle();
    DurableEngine any = any();
    if (any == null) {
      return;
    }
    long until = any.look(any.db::now) + Operation.millis(time);
    for (long next = next(until); next <= until; next = next(until)) {
      forward(next);
      settle();
    }
    forward(until);
  }

  private long next(long until) {
    long next = until + 1;
    for (DurableEngine e : nodes) {
      next = Math.min(next, e.look(e.claims::nextDue)[0]);
    }
    for (long end : ends) {
      next = Math.min(next, end + 1);
    }
    return next;
  }

  private void forward(long to) {
    DurableEngine any = any();
    if (any != null) {
      any.ask(
          c -> {
            long now = any.db.now(c);
            NodeTable.advance(c, Math.max(0, to - now));
            return now;
          });
    }
    wake();
  }

  private void wake() {
    nodes.forEach(e -> e.node.wake());
  }

  /** Waits until nothing runs, and nothing is due. */
  void settle() {
    bury();
    while (true) {
      long before = claimed();
      boolean busy = isBusy();
      if (!busy && !adopt() && !isDue() && !isBusy() && claimed() == before) {
        return;
      }
      wake();
      Thread.onSpinWait();
    }
  }

  private void bury() {
    DurableEngine any = any();
    if (any != null && !ends.isEmpty()) {
      long now = any.look(any.db::now);
      if (ends.removeIf(end -> end < now)) {
        any.node.bury();
      }
    }
  }

  /** A run may be claimed, and end, between two looks. */
  private long claimed() {
    return nodes.stream().mapToLong(e -> e.node.claimed()).sum();
  }

  private boolean isBusy() {
    return nodes.stream().anyMatch(e -> e.node.isBusy());
  }

  /** Whether a node has what another lacked for a run. */
  private boolean adopt() {
    boolean some = false;
    for (DurableEngine e : nodes) {
      try {
        some |= e.leavings.adopt();
      } catch (SQLException x) {
        throw new DurableException("the durable engine's database can't be asked", x);
      }
    }
    return some;
  }

  private boolean isDue() {
    return nodes.stream().map(e -> e.look(e.claims::nextDue)).anyMatch(next -> next[0] <= next[1]);
  }
}
