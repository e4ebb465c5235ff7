package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The wait for a time, which is its own timer. */
final class Sleep extends Resumption<@Nullable Void> implements Timer {
  static final Operation OPERATION = Operation.behind(Sleep.class, "Task.sleep");

  // Each field counts: there may be a million sleeps. Its scheduler is its task's.

  private int slot = -1;
  private @Nullable Object handle;

  private Sleep(TaskState<?> task) {
    super(task);
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
    TaskState<?> t = tc.task();
    Sleep w = new Sleep(t);
    t.scheduler.schedule(w, nanos);
    tc.suspend(w);
  }

  @Override
  @SuppressWarnings("NullAway") // a Void is null
  public void fire() {
    resume(null);
  }

  @Override
  public int slot() {
    return slot;
  }

  @Override
  public void slot(int slot) {
    this.slot = slot;
  }

  @Override
  public @Nullable Object handle() {
    return handle;
  }

  @Override
  public void handle(@Nullable Object handle) {
    this.handle = handle;
  }

  @Override
  protected Operation operation() {
    return OPERATION;
  }

  @Override
  protected void withdrawn() {
    Objects.requireNonNull(scheduler()).cancel(this);
  }
}
