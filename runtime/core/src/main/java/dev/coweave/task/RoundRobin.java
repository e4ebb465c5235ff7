package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/**
 * Drives the tasks of a scheduler that has no queue, but asks each task in turn. For those who write schedulers.
 *
 * @hidden
 */
public abstract class RoundRobin extends TaskContinuation {
  /** For schedulers. */
  protected RoundRobin() {}

  /** A task's wait has been ended. */
  protected static void noteReady(TaskState<?> t) {
    t.noteReady();
  }

  /** Reads what a turn of a task will, so that it is in the cache then; returns something of it. */
  protected static int read(TaskState<?> t) {
    return t.read();
  }

  /**
   * Gives a task its turn, if it is ready.
   *
   * @return whether it was
   */
  protected final boolean turnIfReady(TaskState<?> t) {
    Resumption<?> w = t.waitsFor();
    if (w instanceof TurnWait wait) {
      return turnAfter(t, wait);
    }
    boolean ready = w == null || t.takeReady();
    if (ready) {
      turn(t);
    }
    return ready;
  }

  private boolean turnAfter(TaskState<?> t, TurnWait w) {
    current = t; // A condition is the task's code, and sees what the task sees.
    Contexts own = t.enterContexts();
    boolean ends = w.ends(t);
    current = null;
    t.leaveContexts(own);
    if (ends) {
      turn(t);
      w.renew();
      over(w);
    }
    return ends;
  }

  /** Returns a task's wait, if it is such a one. */
  protected static @Nullable TurnWait turnWait(TaskState<?> t) {
    return t.waitsFor() instanceof TurnWait w ? w : null;
  }

  /** A wait is over, and may be used again. */
  protected void over(TurnWait w) {}
}
