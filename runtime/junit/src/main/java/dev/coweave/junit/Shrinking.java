package dev.coweave.junit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Finds few switches with which a test still fails as it did. First by leaving out as many as it can: Zeller and Hildebrandt, Simplifying and
 * isolating failure-inducing input (IEEE TSE 2002); then, where more than one is left, by trying each one alone.
 */
final class Shrinking {
  /** Runs a seed with switches of its own. */
  @FunctionalInterface
  interface Rerun {
    Run with(long seed, Map<Integer, Integer> switches);
  }

  private static final long MOST_TIME = TimeUnit.SECONDS.toNanos(10);
  private static final int MOST_RUNS = 3000;
  private static final int MOST_ALONE = 600;

  /** Indices beyond are hardly ever needed: the first few of what is ready suffice. */
  private static final int MOST_INDEX = 3;

  private final Run failed;
  private final Rerun rerun;
  private final long start = System.nanoTime();
  private int runs;

  Shrinking(Run failed, Rerun rerun) {
    this.failed = failed;
    this.rerun = rerun;
  }

  /** The fewest that it has found; as they took effect in the run that failed with them. */
  Map<Integer, Integer> fewest() {
    List<Map.Entry<Integer, Integer>> all = List.copyOf(failed.switches().entrySet());
    if (all.isEmpty() || fails(List.of())) {
      return Map.of();
    }
    List<Map.Entry<Integer, Integer>> few = minimal(all);
    if (few.size() > 1) {
      List<Map.Entry<Integer, Integer>> one = alone();
      few = one.isEmpty() ? few : one;
    }
    return effective(few);
  }

  private List<Map.Entry<Integer, Integer>> minimal(List<Map.Entry<Integer, Integer>> all) {
    List<Map.Entry<Integer, Integer>> few = all;
    int parts = 2;
    while (few.size() >= 2 && hasTime()) {
      List<Map.Entry<Integer, Integer>> fewer = withoutOnePart(few, parts);
      if (fewer.size() < few.size()) {
        few = fewer;
        parts = Math.max(2, parts - 1);
      } else if (parts < few.size()) {
        parts = Math.min(few.size(), parts * 2);
      } else {
        break;
      }
    }
    return few;
  }

  /** Of so many parts; all if none can be left out. */
  private List<Map.Entry<Integer, Integer>> withoutOnePart(
      List<Map.Entry<Integer, Integer>> all, int parts) {
    int size = (all.size() + parts - 1) / parts;
    // From the end: what comes after the failure's cause goes at once.
    for (int to = all.size(); to > 0 && hasTime(); to -= size) {
      int from = Math.max(0, to - size);
      List<Map.Entry<Integer, Integer>> rest = new ArrayList<>(all.subList(0, from));
      rest.addAll(all.subList(to, all.size()));
      if (fails(rest)) {
        return rest;
      }
    }
    return all;
  }

  /** One that fails alone; none if there is none. */
  private List<Map.Entry<Integer, Integer>> alone() {
    int decisions = rerun.with(failed.seed(), Map.of()).recorder().decisions();
    for (int index = 1; index <= MOST_INDEX; index++) {
      for (int d = 0; d < decisions && runs < MOST_RUNS + MOST_ALONE && hasTime(); d++) {
        List<Map.Entry<Integer, Integer>> one = List.of(Map.entry(d, index));
        if (fails(one)) {
          return one;
        }
      }
    }
    return List.of();
  }

  private boolean hasTime() {
    return runs < MOST_RUNS && System.nanoTime() - start < MOST_TIME;
  }

  private boolean fails(List<Map.Entry<Integer, Integer>> switches) {
    runs++;
    return rerun.with(failed.seed(), map(switches)).failsLike(failed);
  }

  private Map<Integer, Integer> effective(List<Map.Entry<Integer, Integer>> switches) {
    Run r = rerun.with(failed.seed(), map(switches));
    return r.failsLike(failed) ? r.switches() : map(switches);
  }

  private static Map<Integer, Integer> map(List<Map.Entry<Integer, Integer>> switches) {
    Map<Integer, Integer> m = new LinkedHashMap<>();
    switches.forEach(e -> m.put(e.getKey(), e.getValue()));
    return m;
  }
}
