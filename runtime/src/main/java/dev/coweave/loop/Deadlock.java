package dev.coweave.loop;

import dev.coweave.task.Task;
import java.util.List;

/** What happens when all tasks of an idle loop wait for each other. */
final class Deadlock {
  /** Whether {@code run} throws it by any clock: the system property {@code coweave.deadlock=throw}. */
  static final boolean THROW = "throw".equals(System.getProperty("coweave.deadlock"));

  private Deadlock() {}

  static void found(List<Task<?>> tasks, Core core) {
    String message = message(tasks);
    if (core.throwsDeadlock()) {
      core.endForDeadlock(new IllegalStateException(message));
    } else {
      System.getLogger("dev.coweave").log(System.Logger.Level.WARNING, message);
    }
  }

  private static String message(List<Task<?>> tasks) {
    StringBuilder s =
        new StringBuilder(
            "likely deadlock: the event loop is idle, and each of its tasks waits for another");
    int shown = Math.min(tasks.size(), 50);
    tasks.subList(0, shown).forEach(t -> s.append("\n  ").append(LoopContinuation.description(t)));
    if (shown < tasks.size()) {
      s.append("\n  and ").append(tasks.size() - shown).append(" more");
    }
    return s.toString();
  }
}
