package dev.coweave.junit;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Decides which of those that can come next does. A seed says which schedule, and all that it decides. */
interface Schedule {
  /**
   * Chooses.
   *
   * @param ready two or more, in the order in which they became ready; those that are passed over go to the end
   * @return an index
   */
  int choose(List<Step> ready);

  /** A step has only let others run, so that it must not be preferred to them for ever. */
  default void paused(Step step) {}

  /** First in, first out: the order of a loop that nobody interferes with. */
  Schedule FIFO = ready -> 0;

  /** The seed whose schedule is {@link #FIFO}. */
  long PLAIN_SEED = 0;

  /** The schedule of a seed. */
  static Schedule of(long seed) {
    if (seed == PLAIN_SEED) {
      return FIFO;
    }
    SplittableRandom random = Seeds.stream(seed, Seeds.SCHEDULE);
    return switch (random.nextInt(4)) {
      case 0 -> new Walk(random, 1);
      case 1 -> new Walk(random, 1.0 / (2 << random.nextInt(5)));
      default -> new Priorities(random);
    };
  }

  /** Chooses at random, always or now and then. */
  final class Walk implements Schedule {
    private final SplittableRandom random;
    private final double often;

    Walk(SplittableRandom random, double often) {
      this.random = random;
      this.often = often;
    }

    @Override
    public int choose(List<Step> ready) {
      return often < 1 && random.nextDouble() >= often ? 0 : random.nextInt(ready.size());
    }
  }

  /**
   * By priorities, which are random and change a few times, at random steps: Burckhardt et al., A randomized scheduler with probabilistic guarantees
   * of finding bugs (ASPLOS 2010). A fault that takes d orderings of steps is found with a probability of at least 1/(n·k^(d-1)), for n tasks
   * and k steps.
   */
  final class Priorities implements Schedule {
    private static final int MOST_CHANGES = 4;

    /** The number of steps is drawn too, from 2 to the power of this on. */
    private static final int LEAST_STEPS = 3;

    private final SplittableRandom random;
    private final IdentityHashMap<Object, Double> priorities = new IdentityHashMap<>();

    /** At which decisions whoever comes first becomes last. */
    private final long[] changes;

    private long decisions;
    private double lowest;

    Priorities(SplittableRandom random) {
      this.random = random;
      this.changes = new long[random.nextInt(MOST_CHANGES + 1)];
      int steps = 1 << (LEAST_STEPS + random.nextInt(8));
      for (int i = 0; i < changes.length; i++) {
        changes[i] = random.nextInt(steps);
      }
    }

    @Override
    public int choose(List<Step> ready) {
      for (long change : changes) {
        if (change == decisions) {
          lower(ready.get(first(ready)));
        }
      }
      decisions++;
      int first = first(ready);
      if (ready.get(first) instanceof Step.Event e) {
        priorities.remove(e); // which comes but once
      }
      return first;
    }

    private int first(List<Step> ready) {
      int best = 0;
      double highest = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < ready.size(); i++) {
        double p = priority(ready.get(i));
        if (p > highest) {
          highest = p;
          best = i;
        }
      }
      return best;
    }

    private double priority(Step step) {
      return priorities.computeIfAbsent(step.actor(), a -> random.nextDouble());
    }

    private void lower(Step step) {
      priorities.put(step.actor(), --lowest);
    }

    @Override
    public void paused(Step step) {
      lower(step);
    }
  }

  /** First in, first out, but for a few decisions that are forced. */
  final class Forced implements Schedule {
    private final Map<Integer, Integer> switches;
    private int decisions;

    /**
     * A schedule.
     *
     * @param switches the index to choose, by the number of the decision
     */
    Forced(Map<Integer, Integer> switches) {
      this.switches = switches;
    }

    @Override
    public int choose(List<Step> ready) {
      return Math.min(switches.getOrDefault(decisions++, 0), ready.size() - 1);
    }
  }
}
