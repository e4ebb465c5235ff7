package dev.coweave.proof.loss;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;

/**
 * Memory or stack runs out at each place in the runtime, one a run: at each allocation, at the beginning of each method. Either nobody
 * notices, or somebody is told of it: then too each task ends, and the loop and the executor go on. Cold, in a runtime that has hardly run,
 * and warm.
 *
 * <p>An ordinary build tries the same few of the places each time; {@code -Dcoweave.loss.places} says how many, {@code
 * -Dcoweave.loss.seconds} for how long at most, {@code -Dcoweave.loss.seed} in what order, and {@code -Dcoweave.loss.only} which, by a
 * part of their names.
 */
class LossTest {
  private static final long SECONDS = Long.getLong("coweave.loss.seconds", 40);
  private static final long PLACES = Long.getLong("coweave.loss.places", 150);
  private static final long SEED = Long.getLong("coweave.loss.seed", 1);
  private static final String ONLY = System.getProperty("coweave.loss.only", "");

  private static final List<String> SCENARIOS =
      List.of("switch", "save", "failure", "wake-up", "cancellation", "meeting", "stream", "call");

  /** What executors and the JDK's timer call first. */
  private static final Set<String> CALLED_FIRST =
      Set.of(
          "ExecutorScheduler.run()V entry",
          "SharedTimer.fire(Ldev/coweave/task/Timer;)V entry",
          "SharedTimer.lambda$schedule$0(Ldev/coweave/task/Timer;)V entry");

  /** A place in a scenario. */
  private record Try(String scenario, boolean warm, int site, int passes) {
    long rank(long seed) {
      return new Random(seed ^ ((long) toString().hashCode() << 16)).nextLong();
    }

    @Override
    public String toString() {
      return scenario
          + (warm ? ", warm: " : ", cold: ")
          + Injector.name(site)
          + ", passed "
          + passes;
    }
  }

  @SuppressWarnings("unchecked")
  private static BiFunction<String, Runnable[], String> workload() throws Exception {
    return (BiFunction<String, Runnable[], String>)
        new FaultyRuntime(Workload.class)
            .loadClass(Workload.class.getName())
            .getConstructor()
            .newInstance();
  }

  private static List<Try> places() throws Exception {
    List<Try> all = new ArrayList<>();
    for (String home : List.of("loop ", "executor ")) {
      for (String scenario : SCENARIOS) {
        for (boolean warm : new boolean[] {false, true}) {
          List<Integer> sites = new ArrayList<>();
          Runnable[] faults = {Injector::record, () -> sites.addAll(Injector.recorded()), null};
          Runnable[] used = warm ? faults : new Runnable[] {faults[0], faults[1]};
          assertEquals("", workload().apply(home + scenario, used), home + scenario);
          // What an executor calls first is a promise of the executor's: who is not called can do
          // nothing.
          sites.removeIf(site -> CALLED_FIRST.contains(Injector.name(site)));
          for (int site : sites) {
            for (int passes = 0; passes < 3; passes++) {
              Try one = new Try(home + scenario, warm, site, passes);
              if (one.toString().contains(ONLY)) {
                all.add(one);
              }
            }
          }
        }
      }
    }
    return all;
  }

  @Test
  void whereverMemoryOrStackRunOut_noTurnIsLost_andTheLoopLives() throws Exception {
    Logger logger = Logger.getLogger("dev.coweave");
    Level level = logger.getLevel();
    logger.setLevel(Level.OFF);
    List<String> wrong = new ArrayList<>();
    int tried = 0;
    int thrown = 0;
    List<Try> places = places();
    try {
      // By their names: which places are passed differs a little from run to run.
      places.sort(Comparator.comparing(one -> one.rank(SEED)));
      Map<String, BiFunction<String, Runnable[], String>> warm = new HashMap<>();
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
      for (Try one : places) {
        if (System.nanoTime() > end || tried == PLACES) {
          break;
        }
        boolean[] hit = new boolean[1];
        Runnable arm = () -> Injector.arm(one.site, one.passes);
        Runnable disarm = () -> hit[0] = Injector.hasThrown();
        var runtime = one.warm ? warm.remove(one.scenario) : null;
        Runnable[] faults =
            one.warm && runtime == null
                ? new Runnable[] {arm, disarm, null}
                : new Runnable[] {arm, disarm};
        if (runtime == null) {
          runtime = workload();
        }
        String result = runtime.apply(one.scenario, faults);
        tried++;
        thrown += hit[0] ? 1 : 0;
        if (!result.isEmpty()) {
          wrong.add(one + ": " + result);
          System.out.println("loss: " + one + ": " + result);
        } else if (one.warm) {
          warm.put(one.scenario, runtime); // It has survived, and is the warmer for it.
        }
      }
    } finally {
      logger.setLevel(level);
    }
    System.out.println(
        "loss: "
            + tried
            + " of "
            + places.size()
            + " places tried, thrown at "
            + thrown
            + ", seed "
            + SEED);
    assertEquals(List.of(), wrong, "seed " + SEED);
  }
}
