package dev.coweave.junit;

import java.lang.management.ManagementFactory;

/**
 * How long a run may last.
 *
 * @param virtual at what time of the world it ends at the latest, in nanoseconds
 * @param real how much of our time it may take, in nanoseconds
 * @param patience how long it waits for something from outside, in nanoseconds
 */
record Limits(long virtual, long real, long patience) {
  private static final long IMPATIENT = 50_000_000;

  /** Somebody may stand at a breakpoint: no real time runs out, and a test that has failed isn't run again for its report, which would stop there again. */
  static final boolean DEBUGGED =
      ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
          .anyMatch(a -> a.startsWith("-agentlib:jdwp") || a.startsWith("-Xrunjdwp"));

  Limits(long virtual, long real) {
    // Who stands at a breakpoint has all the time there is.
    this(virtual, DEBUGGED ? Long.MAX_VALUE / 2 : real, real / 10 * 9);
  }

  /** For a test that has never been helped from outside: what doesn't come at once won't come. */
  Limits impatient() {
    return new Limits(virtual, real, Math.min(patience, IMPATIENT));
  }
}
