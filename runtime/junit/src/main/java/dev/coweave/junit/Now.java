package dev.coweave.junit;

import dev.coweave.task.Scheduler;
import dev.coweave.task.TaskContinuation;

/** The time by the clock of the loop that runs here. */
final class Now {
  private Now() {}

  static long nanos() {
    Scheduler s = TaskContinuation.schedulerHere();
    return s == null ? System.nanoTime() : s.nanoTime();
  }
}
