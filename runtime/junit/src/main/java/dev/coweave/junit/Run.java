package dev.coweave.junit;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opentest4j.TestAbortedException;

/**
 * What came of one run of a test.
 *
 * @param seed of its world, and of its schedule unless that was forced
 * @param failure how it failed; null if it didn't
 * @param recorder what happened
 * @param helped whether another thread had a hand in it
 * @param time how far the virtual time had come
 */
record Run(long seed, @Nullable Throwable failure, Recorder recorder, boolean helped, long time) {
  /** Something to run, again and again, each time in a world of its own. */
  @FunctionalInterface
  interface Body {
    /** Runs once, on this thread. */
    void run(Simulation sim) throws Throwable;
  }

  static Run of(Body body, long seed, Schedule schedule, boolean traces, Limits limits) {
    Simulation sim = new Simulation(seed, new Recorder(schedule, traces), limits);
    Watch watch = Watch.over(sim.outside());
    try {
      Throwable failure = null;
      try {
        body.run(sim);
      } catch (Throwable t) {
        failure = t;
      }
      return end(sim, failure);
    } finally {
      watch.end();
    }
  }

  static Run end(Simulation sim, @Nullable Throwable failure) {
    Throwable f = sim.end(failure);
    return new Run(sim.seed(), f, sim.recorder(), sim.outside().helped(), sim.elapsed().toNanos());
  }

  Map<Integer, Integer> switches() {
    return recorder.switches();
  }

  /** An assumption that didn't hold is no failure. */
  boolean hasFailed() {
    return failure != null && !(failure instanceof TestAbortedException);
  }

  /** Whether it has waited too long: for somebody outside, as a rule. */
  boolean ranOutOfTime() {
    return failure instanceof Fault f && f.code().equals(Fault.OUT_OF_TIME);
  }

  /** Whether it failed as another did: with an exception of that class, or for the same reason. */
  boolean failsLike(Run other) {
    Throwable a = failure;
    Throwable b = other.failure;
    if (a == null || b == null) {
      return false;
    }
    return (a instanceof Fault f && b instanceof Fault g)
        ? f.code().equals(g.code())
        : a.getClass() == b.getClass();
  }

  boolean isLike(Run other) {
    return recorder.fingerprint() == other.recorder.fingerprint()
        && (hasFailed() ? failsLike(other) : !other.hasFailed());
  }
}
