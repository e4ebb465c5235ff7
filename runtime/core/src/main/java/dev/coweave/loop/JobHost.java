package dev.coweave.loop;

import dev.coweave.task.Timer;
import java.util.concurrent.RunnableScheduledFuture;

/** A loop as its jobs see it. Any thread. */
interface JobHost {
  /**
   * Refuses to block the loop's own thread.
   *
   * @param method what would block it
   * @param fix what to do instead
   * @throws IllegalStateException on that thread
   */
  void checkMayBlock(String method, String fix);

  /** The time by the loop's clock. */
  long nanoTime();

  /** Whether a delayed job may run: false if it was taken away. */
  boolean begins(RunnableScheduledFuture<?> job);

  /** Sets a timer, which fires at a time by the loop's clock. */
  void add(Timer timer, long deadline);

  /** A delayed job has ended. */
  void ended(RunnableScheduledFuture<?> job, Timer timer);
}
