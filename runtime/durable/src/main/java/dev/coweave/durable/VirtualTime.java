package dev.coweave.durable;

import dev.coweave.durable.sql.NodeTable;
import java.time.Duration;

/** The time of an engine in memory, which stands until it is set forward. */
final class VirtualTime {
  private final DurableEngine engine;
  private final Node node;

  VirtualTime(DurableEngine engine, Node node) {
    this.engine = engine;
    this.node = node;
  }

  /** Sets it forward, from one moment at which something is due to the next. */
  void advance(Duration time) {
    settle();
    long until = engine.look(engine.db::now) + Operation.millis(time);
    for (long next = nextDue(until); next <= until; next = nextDue(until)) {
      forward(next);
      settle();
    }
    forward(until);
  }

  private long nextDue(long until) {
    return Math.min(engine.look(engine.claims::nextDue)[0], until + 1);
  }

  private void forward(long to) {
    engine.ask(
        c -> {
          long now = engine.db.now(c);
          NodeTable.advance(c, Math.max(0, to - now));
          return now;
        });
    node.wake();
  }

  /** Waits until nothing runs, and nothing is due. */
  void settle() {
    while (true) {
      boolean busy = node.isBusy();
      long[] next = engine.look(engine.claims::nextDue);
      if (!busy && !node.isBusy() && next[0] > next[1]) {
        return;
      }
      node.wake();
      Thread.onSpinWait();
    }
  }
}
