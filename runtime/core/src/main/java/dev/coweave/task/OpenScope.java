package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/** A {@link TaskScope} that its task has opened and not closed, or something {@link HalfMade}; by the task's own turns. */
abstract class OpenScope {
  /** The one that the task opened before. */
  @Nullable OpenScope outer;

  /** The task has got a failure, perhaps of a child. */
  abstract void got(Throwable failure);

  /** The task has ended. */
  abstract void abandon();
}
