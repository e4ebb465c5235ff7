package dev.coweave.loop;

import dev.coweave.task.Timer;
import java.util.concurrent.ForkJoinWorkerThread;

/** Where a loop's thread is when it has nothing to do: asleep until a timer is due or something comes in; by a virtual clock it jumps. */
final class Idle {
  /** How long a loop whose clock jumps waits for channels before it does, in nanoseconds of real time. */
  private static final long IO_GRACE = 100_000_000;

  private final LoopScheduler core;
  private final Clock clock;

  Idle(LoopScheduler core, Clock clock) {
    this.core = core;
    this.clock = clock;
  }

  /** Until the next timer; if there is none, until somebody wakes it, if there is somebody who could. */
  void untilNext() {
    Timer next = core.timers.first();
    if (next == null) {
      core.deadlock.sleep();
    } else if (clock instanceof VirtualClock virtual) {
      jumpToNext(virtual, next);
    } else {
      sleep(next.deadline - clock.nanoTime());
    }
  }

  private void jumpToNext(VirtualClock virtual, Timer next) {
    if (core.workersNow() > 0) {
      sleep(Long.MAX_VALUE);
      return;
    }
    if (core.waitsForChannels() && !core.inbox.isFilled()) {
      sleep(IO_GRACE);
    }
    if (stays()) {
      virtual.jumpTo(next.deadline);
    }
  }

  /** Until the next timer, but not longer than for a time by the loop's clock. */
  void atMost(long nanos) {
    Timer next = core.timers.first();
    long time = next == null ? nanos : Math.min(nanos, next.deadline - clock.nanoTime());
    if (!(clock instanceof VirtualClock virtual)) {
      sleep(time);
      return;
    }
    if (core.workersNow() > 0 || core.waitsForChannels()) {
      sleep(IO_GRACE);
    }
    if (stays() && core.workersNow() == 0) {
      virtual.jumpTo(virtual.nanoTime() + time);
    }
  }

  private boolean stays() {
    return core.ready.isEmpty() && !core.inbox.isFilled();
  }

  /** Sleeps until something comes in or a channel is ready, for a time at most. */
  void sleep(long nanos) {
    core.view.list(); // A plain call is alone until then: it concerns nobody.
    core.pulse.sleeps();
    try {
      if (Thread.currentThread() instanceof ForkJoinWorkerThread) {
        ManagedSleep.sleep(core.inbox, nanos, core.waitedPoller());
      } else {
        core.inbox.sleep(nanos, core.waitedPoller());
      }
    } finally {
      core.pulse.wakes();
    }
  }
}
