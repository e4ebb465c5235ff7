package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/**
 * What the waits of a cancelled task throw. Not for catching: clean up in {@code finally} and let it pass. An {@link Error}, so
 * that {@code catch (Exception e)} doesn't swallow it; a task that does swallow it gets it again at its next wait.
 */
public final class TaskCancelled extends Error {
  private static final long serialVersionUID = 1;

  /** Whose cancellation it is: a timeout's within the task, or null for that of the task itself. */
  private final transient @Nullable CancelScope origin;

  TaskCancelled(String message, @Nullable CancelScope origin) {
    super(message);
    this.origin = origin;
  }

  @Nullable CancelScope origin() {
    return origin;
  }
}
