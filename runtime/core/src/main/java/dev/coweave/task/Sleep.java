package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The wait for a time. */
final class Sleep extends Resumption<@Nullable Void> {
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
    if (TaskContinuation.isSpent(c)) {
      TaskContinuation.pauseBefore(
          c,
          "sleep",
          d -> {
            beginNow(time, d);
            return TaskContinuation.dummy();
          });
    } else {
      beginNow(time, c);
    }
  }

  private static void beginNow(Duration time, Continuation c) {
    long nanos = Timer.nanos(time);
    if (nanos <= 0) {
      TaskContinuation.toPause(c, "Task.sleep").pause();
      return;
    }
    TaskContinuation tc = TaskContinuation.toWait(c, "Task.sleep");
    Sleep w = new Sleep(tc.task());
    w.scheduler.schedule(w.timer, nanos);
    tc.suspend(w);
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
