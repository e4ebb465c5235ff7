package dev.coweave.task;

import java.lang.StackWalker.StackFrame;
import org.jspecify.annotations.Nullable;

/**
 * Finds tasks that go on for ever after their cancellation, for they catch what their waits throw: says so once. That they don't keep others
 * from running is the business of {@link TaskContinuation#isSpent}.
 */
final class Swallowing {
  /** How many waits may throw, one after the other, before it is said. Who cleans up may wait in vain for much. */
  private static final int MOST = 1000;

  private Swallowing() {}

  /** A wait of a cancelled task throws at once. In its turn. */
  static void refused(Task<?> t) {
    TaskDetails d = t.details();
    if (++d.refusedWaits == MOST) {
      @Nullable StackTraceElement at = d.caught == null ? line() : d.caught;
      RuntimeLog.warning(
          t.label()
              + " goes on after its cancellation: "
              + MOST
              + " waits have thrown TaskCancelled, and it was caught"
              + (at == null ? "" : "\n      at " + at)
              + "\n  because: each wait of a cancelled task throws it, until the task ends"
              + "\n  fix: catch Exception instead of Throwable, or let TaskCancelled pass");
    }
  }

  /** A task has caught a cancellation. */
  static void caught(TaskDetails d) {
    if (d.refusedWaits == MOST - 1) {
      d.caught = line();
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
