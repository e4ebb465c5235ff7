package dev.coweave.task;

/**
 * When a plain call of an operation looks for a caller that should have been woven and wasn't. The look walks over the thread's stack, which
 * costs as much as ten such calls, so a thread that makes them without a pause doesn't look each time. Whoever has to wait looks in any case.
 */
final class CallerChecks {
  // Of a thread that has not looked for LONGEST_RUN nanoseconds each of the next FIRST calls looks;
  // after those one a PERIOD. So a call that is made now and then always looks, and one that is
  // made again and again is told 20 µs later than it might have been.

  private static final int FIRST = 100;
  private static final long PERIOD = 20_000;
  private static final long LONGEST_RUN = 1_000_000;

  /** Where in the array of a thread the time of its last look is. */
  private static final int LAST = 0;

  /** Where the number is of those that look at once. */
  private static final int LEFT = 1;

  private CallerChecks() {}

  /** Whether the plain call that begins on the calling thread is to look. */
  static boolean isDue() {
    Object[] place = Place.ofThread();
    long now = System.nanoTime();
    if (!(place[Place.CHECKS] instanceof long[] checks)) {
      place[Place.CHECKS] = new long[] {now, FIRST};
      return true;
    }
    long since = now - checks[LAST];
    if (since >= LONGEST_RUN) {
      checks[LEFT] = FIRST;
    }
    if (checks[LEFT] == 0 && since < PERIOD) {
      return false;
    }
    checks[LAST] = now;
    checks[LEFT] = Math.max(0, checks[LEFT] - 1);
    return true;
  }
}
