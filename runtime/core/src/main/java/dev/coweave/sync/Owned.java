package dev.coweave.sync;

import dev.coweave.task.Task;
import org.jspecify.annotations.Nullable;

/** What one task holds at a time; of which dumps name the holder. */
interface Owned {
  /** Whether anybody holds it. */
  boolean isLocked();

  /** The task that holds it; null if nobody does, or plain code outside tasks. */
  @Nullable Task<?> owner();
}
