package dev.coweave.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.weave.Weaver;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * A knot is a set of source files of which each needs all others, through however many. Who wants to understand one of them has to read them all,
 * so they are small.
 */
class KnotsTest {
  private static final int MOST = 6;

  @Test
  void theKernel_hasNoLargeOnes() {
    assertEquals(Map.of(), tooLarge(CompiledPackages.filesBeside(Coroutine.class)));
  }

  @Test
  void theWeaver_hasNoLargeOnes() {
    assertEquals(Map.of(), tooLarge(CompiledPackages.filesBeside(Weaver.class)));
  }

  /** By their first member. */
  private static SortedMap<String, SortedSet<String>> tooLarge(
      SortedMap<String, SortedSet<String>> uses) {
    SortedMap<String, SortedSet<String>> reached = new TreeMap<>();
    uses.keySet().forEach(f -> reached.put(f, reachedFrom(f, uses)));
    SortedMap<String, SortedSet<String>> knots = new TreeMap<>();
    reached.forEach(
        (file, others) -> {
          SortedSet<String> knot = new TreeSet<>(others);
          knot.removeIf(o -> !reached.getOrDefault(o, new TreeSet<>()).contains(file));
          if (!knot.isEmpty() && knot.size() > MOST) {
            knots.put(knot.first(), knot);
          }
        });
    return knots;
  }

  private static SortedSet<String> reachedFrom(
      String file, SortedMap<String, SortedSet<String>> uses) {
    SortedSet<String> reached = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(uses.get(file));
    while (!open.isEmpty()) {
      String next = open.pop();
      if (reached.add(next)) {
        open.addAll(uses.getOrDefault(next, new TreeSet<>()));
      }
    }
    return reached;
  }
}
