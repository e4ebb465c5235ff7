package dev.coweave.junit;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs a test with seed after seed until one fails, and then finds out how it fails with the fewest switches. */
final class Exploration {
  private final Options options;
  private final Run.Body body;
  private final long start = System.nanoTime();
  private Limits limits;

  Exploration(Options options, Run.Body body) {
    this.options = options;
    this.body = body;
    this.limits = options.limits();
  }

  /**
   * Runs the test with all seeds.
   *
   * @return what to fail with; null if all is well
   */
  @Nullable Throwable all() {
    return afterFirst(run(options.first()));
  }

  /**
   * Goes on after the first seed.
   *
   * @param first what came of it
   * @return what to fail with; null if all is well
   */
  @Nullable Throwable afterFirst(Run first) {
    learn(first);
    Throwable failure = first.failure();
    if (failure != null) {
      return options.exploring() ? report(first, 1) : failure;
    }
    for (int i = 1; i < options.seeds() && !isOverBudget(); i++) {
      Run r = run(options.first() + i);
      if (r.ranOutOfTime() && !limits.equals(options.limits())) {
        limits = options.limits(); // It may be the first that needs somebody outside.
        r = run(r.seed());
      }
      if (r.hasFailed()) {
        return report(r, i + 1);
      }
      if (isRepeated(i)) {
        Run again = run(r.seed());
        if (!again.isLike(r)) {
          return differing(r);
        }
      }
    }
    return null;
  }

  /** A second run may be like the first by chance: the last seed is repeated, and others, more and more seldom. */
  private boolean isRepeated(int i) {
    return Integer.bitCount(i) == 1 || i == options.seeds() - 1;
  }

  private boolean isOverBudget() {
    return System.nanoTime() - start > options.budget();
  }

  /** What the first run of a failing test is told by. */
  SeedFailure report(Run failed, int runs) {
    if (Limits.DEBUGGED) {
      Throwable seen = Objects.requireNonNull(failed.failure());
      return SeedFailure.of(seen, Report.of(failed, runs, options, failed));
    }
    Run again = traced(failed.seed(), schedule(failed.seed()));
    Throwable failure = Objects.requireNonNull(failed.failure());
    if (!again.isLike(failed)) {
      return SeedFailure.of(
          failure, Report.unsteady(failed, again, traced(failed.seed(), schedule(failed.seed()))));
    }
    Map<Integer, Integer> fewest = new Shrinking(failed, this::forced).fewest();
    Run shortest = traced(failed.seed(), new Schedule.Forced(fewest));
    Throwable shown = shortest.failure();
    return SeedFailure.of(
        shown == null ? failure : shown, Report.of(failed, runs, options, shortest));
  }

  private Fault differing(Run r) {
    Run one = traced(r.seed(), schedule(r.seed()));
    Run other = traced(r.seed(), schedule(r.seed()));
    return Fault.unsteady(r.seed(), Report.firstDifference(one, other));
  }

  private Schedule schedule(long seed) {
    Map<Integer, Integer> forced = options.forced();
    return forced == null ? Schedule.of(seed) : new Schedule.Forced(forced);
  }

  private Run run(long seed) {
    return run(seed, schedule(seed), Limits.DEBUGGED);
  }

  private Run forced(long seed, Map<Integer, Integer> switches) {
    return run(seed, new Schedule.Forced(switches), false);
  }

  private Run traced(long seed, Schedule schedule) {
    return run(seed, schedule, true);
  }

  private Run run(long seed, Schedule schedule, boolean traces) {
    Run r = Run.of(body, seed, schedule, traces, limits);
    learn(r);
    return r;
  }

  /** A run that nobody outside has helped is followed by less patient ones. */
  private void learn(Run r) {
    limits = r.helped() ? options.limits() : options.limits().impatient();
  }

  /** The schedule of the first seed, for who runs that. */
  Schedule firstSchedule() {
    return schedule(options.first());
  }
}
