package dev.coweave.loop;

import dev.coweave.task.TaskDump;
import dev.coweave.task.TaskState;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Closes a tick loop: its scripts are cancelled, and it ticks until they have ended. */
final class TickEnd {
  /** How long it waits between two looks, in nanoseconds, for what doesn't wake it. */
  private static final long LOOK = 10_000_000;

  private static final int MOST_SHOWN = 50;

  private final Ticking loop;

  /** The time that nobody else moves any more; null for a clock of the owner's. */
  private final @Nullable AtomicLong time;

  TickEnd(Ticking loop, @Nullable AtomicLong time) {
    this.loop = loop;
    this.time = time;
  }

  void run() {
    if (loop.inbox.hasEnded()) {
      loop.ended(); // Memory may have run out in that.
      return;
    }
    boolean interrupted = false;
    try {
      loop.tick(this::begin);
      while (loop.scripts.live() > 0 || !loop.inbox.end()) {
        if (!loop.hasMoved()) {
          awaitMore();
          interrupted |= Thread.interrupted(); // All has been cancelled as it is.
        }
        loop.tick();
      }
      loop.ended();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /** In a tick: where that is refused, nothing has been closed. */
  private void begin() {
    loop.inbox.close();
    loop.cancelAll();
  }

  /** No script had a turn. */
  private void awaitMore() {
    List<TaskState<?>> left = loop.scripts.copy();
    boolean timed = !loop.timers.isEmpty();
    if (loop.counts()) {
      return;
    }
    if (time != null && timed) {
      time.set(loop.timers.firstDeadline());
      return;
    }
    boolean helpless = !timed && loop.workers() == 0 && loop.inbox.isEmpty();
    if (helpless && !left.isEmpty() && left.stream().allMatch(Ticking::isStuck)) {
      throw new IllegalStateException(
          "COWEAVE-211: close() of a tick loop would never end\n"
              + "  because: these scripts have been cancelled, and wait in finally blocks or"
              + " shields for a condition or each other\n"
              + "  fix: wait there for what comes about, or within Task.shield(time, …)\n"
              + TaskDump.of(left, MOST_SHOWN));
    }
    loop.inbox.sleep(LOOK);
  }
}
