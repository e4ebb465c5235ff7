package dev.coweave.task;

import dev.coweave.coroutine.Entry;
import dev.coweave.coroutine.JavaStack;
import dev.coweave.coroutine.Operation;
import org.jspecify.annotations.Nullable;

/**
 * A plain call of a suspending method where the thread can't wait: in a running coroutine, or on a loop's thread.
 *
 * @hidden
 */
public final class PlainEntry extends Entry {
  private final TaskContinuation around;

  /**
   * A plain call begins.
   *
   * @param around what runs tasks on this thread
   */
  public PlainEntry(TaskContinuation around) {
    this.around = around;
  }

  @Override
  public IllegalStateException cantWait(Operation operation) {
    IllegalStateException notWoven = JavaStack.callerNotWoven(operation);
    if (notWoven != null) {
      return notWoven;
    }
    TaskState<?> t = around.current();
    return JavaStack.wouldBlock(
        operation, t == null ? "the event loop's thread" : "the coroutine of " + t.label());
  }

  /** Only an unwinding: whatever would wait has thrown. */
  @Override
  public void complete() {
    settle();
  }

  @Override
  public void leave(@Nullable Throwable failure) {}
}
