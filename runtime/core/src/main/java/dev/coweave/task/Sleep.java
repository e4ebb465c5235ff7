package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The wait for a time, which is its own timer. */
final class Sleep extends Resumption<@Nullable Void> implements Timer {
  static final Operation OPERATION = Operation.behind(Sleep.class, "Task.sleep");

  private final Scheduler scheduler;
  private int slot = -1;
  private @Nullable Object handle;

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
    w.scheduler.schedule(w, nanos);
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
    scheduler.cancel(this);
  }
}
