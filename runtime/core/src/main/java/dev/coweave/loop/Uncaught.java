package dev.coweave.loop;

/** Jobs that nobody waits for. */
final class Uncaught {
  private Uncaught() {}

  /**
   * Runs a job; the thread's handler of uncaught exceptions is told of its failure. What this throws, for want of stack, it throws before the job
   * has begun.
   */
  static void run(Runnable job) {
    try {
      job.run();
    } catch (Throwable t) {
      try {
        Thread me = Thread.currentThread();
        me.getUncaughtExceptionHandler().uncaughtException(me, t);
      } catch (Throwable ignored) {
        // as the JVM ignores it: the other tasks of the loop must not suffer
      }
    }
  }
}
