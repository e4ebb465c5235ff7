package dev.coweave.loop;

import dev.coweave.task.TaskState;
import java.util.List;

/** A loop whose tasks others look at. Any thread may ask. */
interface Inspected {
  /** Whether the calling thread is the one that runs it. */
  boolean ownsThisThread();

  /** Whether a thread runs it now. */
  boolean isRunning();

  /** A number that changes with each step of its thread. */
  long progress();

  /** Its thread runs that between two steps, as soon as it can. */
  void handIn(Runnable look);

  /** Its tasks, also those that it hasn't received yet. Where its thread doesn't move. */
  List<TaskState<?>> allTasks();
}
