package dev.coweave.semantics.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Channels, mutexes, semaphores, signals, barriers and selects do what a simple model says, whatever is cancelled or times out meanwhile:
 * random steps, compared with the model whenever all rest. {@code -Dmodel.runs} and {@code -Dmodel.seed} make it a longer run; a
 * difference is shrunk.
 */
class SyncModelTest {
  private static final int RUNS = Integer.getInteger("model.runs", 1_500);
  private static final long SEED = Long.getLong("model.seed", System.nanoTime());

  @Test
  void aCancelledOrTimedOutOperation_hasNotHappened_andAllOthersHappenOnceInTheirOrder()
      throws Exception {
    System.out.printf("%,d random runs of sync from seed %d%n", RUNS, SEED);
    for (long seed = SEED; seed < SEED + RUNS; seed++) {
      List<Step> steps = Step.sequence(new SplittableRandom(seed));
      if (!difference(steps).isEmpty()) {
        List<Step> fewest = shrink(steps);
        String what =
            "seed "
                + seed
                + fewest.stream().map(s -> "\n  " + s).collect(Collectors.joining())
                + "\nexpected, actual: ";
        assertEquals("", what + difference(fewest));
      }
    }
  }

  /** What differs first; empty if nothing does. */
  private static String difference(List<Step> steps) throws Exception {
    return EventLoop.run(new VirtualClock(), () -> compare(steps));
  }

  @Coroutine
  private static String compare(List<Step> steps) {
    Expected expected = new Expected();
    Actual actual = new Actual();
    actual.rests();
    expected.rests();
    for (Step s : steps) {
      if (s.kind().isAnActors() && !expected.isIdle(s.actor())) {
        continue;
      }
      expected.happens(s);
      actual.happens(s);
      if (s.rests()) {
        actual.rests();
        expected.rests();
        if (!expected.state().equals(actual.state())) {
          return differing(expected.state(), actual.state()) + " after " + s;
        }
      }
    }
    return "";
  }

  private static String differing(Map<String, String> expected, Map<String, String> actual) {
    Map<String, String> both = new TreeMap<>();
    expected.forEach(
        (what, e) -> {
          if (!e.equals(actual.get(what))) {
            both.put(what, e + ", " + actual.get(what));
          }
        });
    return both.toString();
  }

  /** Leaves out steps as long as something differs. */
  private static List<Step> shrink(List<Step> steps) throws Exception {
    List<Step> fewest = steps;
    for (int i = 0; i < fewest.size(); ) {
      List<Step> fewer = new ArrayList<>(fewest);
      fewer.remove(i);
      if (difference(fewer).isEmpty()) {
        i++;
      } else {
        fewest = fewer;
        i = 0;
      }
    }
    return fewest;
  }
}
