package dev.coweave.task;

import java.util.List;
import java.util.function.Predicate;

/**
 * How a task stands, as schedulers ask: not methods of a task, for its users would see them. Any thread: right for some moment.
 *
 * @hidden
 */
public final class TaskStatus {
  private TaskStatus() {}

  /** Whether its waits throw {@link TaskCancelled}. */
  public static boolean isCancelPending(TaskState<?> t) {
    return t.isCancelPending();
  }

  /** Whether it would go on without whoever started it: it hasn't ended, nobody has asked that it end, and no scope owns it. */
  public static boolean goesOn(TaskState<?> t) {
    return !t.isDone() && !t.isCancelPending() && t.owner() == null;
  }

  /** Whether it can go on only if another task does. */
  public static boolean waitsForAnother(TaskState<?> t) {
    Resumption<?> w = t.waitsFor();
    return w != null && w.isInternal() && !w.isDone();
  }

  /** Whether it waits for others that all run on schedulers of a kind. */
  public static boolean waitsForTasksOn(TaskState<?> t, Predicate<Scheduler> kind) {
    Resumption<?> w = t.waitsFor();
    List<TaskState<?>> others = w == null || w.isDone() ? List.of() : w.blockers();
    return !others.isEmpty() && others.stream().allMatch(o -> kind.test(o.scheduler));
  }
}
