package dev.coweave.coroutine;

/**
 * Which exceptions get a trace that reads as if the calls of coroutines had been plain. To read a trace costs more than to throw it, so in a
 * storm of exceptions most keep the trace that the JVM made.
 */
final class TraceBudget {
  // After a PAUSE without exceptions the next FULL are served, and from then on one each REFILL.
  // The fields are shared by all threads without order: who reads an old value serves one more or
  // less.

  static final int FULL = 1_000;

  /** In nanoseconds, as the others. */
  static final long REFILL = 5_000_000;

  static final long PAUSE = 20_000_000;

  private int left = FULL;
  private long asked;
  private long served;

  TraceBudget(long now) {
    asked = now;
    served = now;
  }

  /** Whether the exception that is thrown now is to be served. */
  boolean take(long now) {
    int remaining = now - asked >= PAUSE ? FULL : left;
    asked = now;
    if (remaining == 0 && now - served < REFILL) {
      return false;
    }
    left = Math.max(0, remaining - 1);
    served = now;
    return true;
  }
}
