package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/**
 * The error that the waits of a cancelled task throw. Not for catching: clean up in {@code finally} and let it pass. An {@link Error}, so
 * that {@code catch (Exception e)} doesn't swallow it; a task that does swallow it gets it again at its next wait. It has no stack trace,
 * which would be most of the cost of a cancellation; failures of those who clean up are suppressed by it.
 */
public final class TaskCancelled extends Error {
  private static final long serialVersionUID = 1;

  /** Whose cancellation it is: a timeout's within the task, or null for that of the task itself. */
  private final transient @Nullable CancelScope origin;

  /** The cancelled task; null if a time was up. Its name is asked for only if somebody reads the message. */
  private final transient @Nullable TaskFuture<?> task;

  TaskCancelled(@Nullable TaskFuture<?> task, @Nullable CancelScope origin) {
    super(null, null, true, false);
    this.task = task;
    this.origin = origin;
  }

  @Override
  public String getMessage() {
    return task == null ? "the time was up" : task.label() + " was cancelled";
  }

  @Nullable CancelScope origin() {
    return origin;
  }
}
