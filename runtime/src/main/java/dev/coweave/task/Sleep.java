package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The wait for a time. */
final class Sleep extends Resumption<@Nullable Void> {
  /** Longer delays, of more than a hundred years, count as this: so the deadline doesn't overflow. */
  private static final long MAX_NANOS = Long.MAX_VALUE / 2;

  private final Scheduler scheduler;
  private final Timer timer =
      new Timer() {
        @Override
        @SuppressWarnings("NullAway") // a Void is null
        public void fire() {
          resume(null);
        }
      };

  private Sleep(Task<?> task) {
    super(task);
    this.scheduler = task.scheduler;
  }

  static void begin(Duration time, Continuation c) {
    long nanos = nanos(time);
    TaskContinuation tc = TaskContinuation.toWait(c, "Task.sleep");
    if (nanos <= 0) {
      tc.pause();
      return;
    }
    Sleep w = new Sleep(tc.task());
    w.scheduler.schedule(w.timer, nanos);
    tc.suspend(w);
  }

  /** A duration in nanoseconds that a deadline can be reckoned with. */
  static long nanos(Duration time) {
    try {
      return Math.min(time.toNanos(), MAX_NANOS);
    } catch (ArithmeticException e) {
      return time.isNegative() ? 0 : MAX_NANOS;
    }
  }

  @Override
  protected String operation() {
    return "Task.sleep";
  }

  @Override
  protected void withdrawn() {
    scheduler.cancel(timer);
  }
}
