package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The wait for a time. */
final class Sleep extends Resumption<@Nullable Void> {
  static final Operation OPERATION = Operation.behind(Sleep.class, "Task.sleep");

  private final Scheduler scheduler;
  private final Timer timer =
      new Timer() {
        @Override
        @SuppressWarnings("NullAway") // a Void is null
        public void fire() {
          resume(null);
        }
      };

  private Sleep(TaskState<?> task) {
    super(task);
    this.scheduler = task.scheduler;
  }

  static void begin(Duration time, Continuation c) {
    if (TaskContinuation.isSpent(c)) {
      AfterPause.act(OPERATION, d -> begin(time, d), c);
      return;
    }
    long nanos = Timer.nanos(time);
    if (nanos <= 0) {
      TaskContinuation.toPause(c, OPERATION).pause();
      return;
    }
    TaskContinuation tc = TaskContinuation.toWait(c, OPERATION);
    Sleep w = new Sleep(tc.task());
    w.scheduler.schedule(w.timer, nanos);
    tc.suspend(w);
  }

  @Override
  protected Operation operation() {
    return OPERATION;
  }

  @Override
  protected void withdrawn() {
    scheduler.cancel(timer);
  }
}
