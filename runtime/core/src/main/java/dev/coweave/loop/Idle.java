package dev.coweave.loop;

import dev.coweave.task.Timer;
import dev.coweave.wait.Poller;
import java.util.concurrent.ForkJoinWorkerThread;
import org.jspecify.annotations.Nullable;

/** Where a loop's thread is when it has nothing to do: asleep until a timer is due or something comes in; by a virtual clock it jumps. */
final class Idle {
  /** How long a loop whose clock jumps waits for channels before it does, in nanoseconds of real time. */
  private static final long IO_GRACE = 100_000_000;

  /** The loop as this uses it. */
  interface Loop {
    /** How many calls of its tasks are out on other threads. */
    int workersNow();

    /** The poller that the sleep has to heed too; null if no task waits for a channel. */
    @Nullable Poller waitedPoller();
  }

  private final Loop loop;
  private final Clock clock;
  private final Inbox inbox;
  private final ReadyQueue ready;
  private final TimerHeap timers;
  private final Pulse pulse;
  private final LoopView view;

  Idle(
      Loop loop,
      Clock clock,
      Inbox inbox,
      ReadyQueue ready,
      TimerHeap timers,
      Pulse pulse,
      LoopView view) {
    this.loop = loop;
    this.clock = clock;
    this.inbox = inbox;
    this.ready = ready;
    this.timers = timers;
    this.pulse = pulse;
    this.view = view;
  }

  /** Until the next timer is due. */
  void until(Timer next) {
    if (clock instanceof VirtualClock virtual) {
      jumpToNext(virtual, next);
    } else {
      sleep(next.deadline - clock.nanoTime());
    }
  }

  private void jumpToNext(VirtualClock virtual, Timer next) {
    if (loop.workersNow() > 0) {
      sleep(Long.MAX_VALUE);
      return;
    }
    if (loop.waitedPoller() != null && !inbox.isFilled()) {
      sleep(IO_GRACE);
    }
    if (stays()) {
      virtual.jumpTo(next.deadline);
    }
  }

  /** Until the next timer, but not longer than for a time by the loop's clock. */
  void atMost(long nanos) {
    Timer next = timers.first();
    long time = next == null ? nanos : Math.min(nanos, next.deadline - clock.nanoTime());
    if (!(clock instanceof VirtualClock virtual)) {
      sleep(time);
      return;
    }
    if (loop.workersNow() > 0 || loop.waitedPoller() != null) {
      sleep(IO_GRACE);
    }
    if (stays() && loop.workersNow() == 0) {
      virtual.jumpTo(virtual.nanoTime() + time);
    }
  }

  private boolean stays() {
    return ready.isEmpty() && !inbox.isFilled();
  }

  /** Sleeps until something comes in or a channel is ready, for a time at most. */
  void sleep(long nanos) {
    view.list(); // A plain call is alone until then: it concerns nobody.
    pulse.sleeps();
    try {
      if (Thread.currentThread() instanceof ForkJoinWorkerThread) {
        ManagedSleep.sleep(inbox, nanos, loop.waitedPoller());
      } else {
        inbox.sleep(nanos, loop.waitedPoller());
      }
    } finally {
      pulse.wakes();
    }
  }
}
