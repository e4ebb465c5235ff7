package dev.coweave.task;

import java.lang.StackWalker.StackFrame;
import org.jspecify.annotations.Nullable;

/**
 * Finds a task that goes on for ever after its cancellation, for it catches what its waits throw: says so once. By the task's own turns. That such tasks don't keep others
 * from running is the business of {@code TaskContinuation.isSpent}.
 */
final class Swallowing {
  /** How many waits may throw, one after the other, before it is said: a clean-up may wait in vain for much. */
  private static final int MOST = 1000;

  /** How many waits have thrown the cancellation at once, one after the other. */
  private int refusedWaits;

  /** Where one of these was caught. */
  private @Nullable StackTraceElement caught;

  /**
   * A wait throws at once.
   *
   * @param task the task
   */
  void refused(TaskFuture<?> task) {
    if (++refusedWaits == MOST) {
      @Nullable StackTraceElement at = caught == null ? line() : caught;
      RuntimeLog.warning(
          task.label()
              + " goes on after its cancellation: "
              + MOST
              + " waits have thrown TaskCancelled, and it was caught"
              + (at == null ? "" : "\n      at " + at)
              + "\n  because: each wait of a cancelled task throws it, until the task ends"
              + "\n  fix: catch Exception instead of Throwable, or let TaskCancelled pass");
    }
  }

  /** The task has caught a cancellation. */
  void caught() {
    if (refusedWaits == MOST - 1) {
      caught = line();
    }
  }

  /** Where the user's code is. */
  private static @Nullable StackTraceElement line() {
    return StackWalker.getInstance()
        .walk(frames -> frames.filter(Swallowing::isUsers).findFirst())
        .map(StackFrame::toStackTraceElement)
        .orElse(null);
  }

  private static boolean isUsers(StackFrame f) {
    String name = f.getClassName();
    return !name.startsWith("java.")
        && !name.startsWith(Swallowing.class.getPackageName() + ".")
        && !name.startsWith("dev.coweave.coroutine.")
        && !name.startsWith("dev.coweave.sync.")
        && !name.startsWith("dev.coweave.io.");
  }
}
