package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/** Something that a task has begun and not finished: an open {@link TaskScope}, or what is {@link HalfMade}. By the task's own turns. */
abstract class Unfinished {
  /** The one that the task began before. */
  @Nullable Unfinished outer;

  /** The task has got a failure, perhaps of a child. */
  abstract void got(Throwable failure);

  /** The task has ended. */
  abstract void abandon();
}
