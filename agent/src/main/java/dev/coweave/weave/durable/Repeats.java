package dev.coweave.weave.durable;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Tells waits that have one name in the source from the copies that compilers make of one wait: javac copies a {@code finally} to each way
 * out of its {@code try}. Copies have one line, and none comes after another on the way through the method.
 */
final class Repeats {
  private Repeats() {}

  /** Marks the points of which the source has several of the same name. */
  static List<DurablePoint> mark(List<DurablePoint> points) {
    Map<String, List<DurablePoint>> calls = new HashMap<>();
    points.forEach(p -> calls.computeIfAbsent(p.call(), c -> new ArrayList<>()).add(p));
    return points.stream()
        .map(p -> areSeveral(calls.getOrDefault(p.call(), List.of()), points) ? repeated(p) : p)
        .toList();
  }

  private static DurablePoint repeated(DurablePoint p) {
    return new DurablePoint(
        p.state(),
        p.kind(),
        p.name(),
        p.key(),
        true,
        p.result(),
        p.callee(),
        p.around(),
        p.slots());
  }

  private static boolean areSeveral(List<DurablePoint> call, List<DurablePoint> points) {
    for (DurablePoint p : call) {
      BitSet after = after(p, points);
      for (DurablePoint other : call) {
        if (p.state().line() != other.state().line() || after.get(other.state().id())) {
          return true;
        }
      }
    }
    return false;
  }

  /** The states that come after a point, without going back. */
  private static BitSet after(DurablePoint from, List<DurablePoint> points) {
    BitSet reached = new BitSet();
    List<DurablePoint> open = new ArrayList<>(List.of(from));
    while (!open.isEmpty()) {
      DurablePoint p = open.remove(open.size() - 1);
      for (String next : p.around().next()) {
        if (Character.isDigit(next.charAt(0))) {
          int state = Integer.parseInt(next);
          if (state > p.state().id() && !reached.get(state)) {
            reached.set(state);
            open.add(points.get(state));
          }
        }
      }
    }
    return reached;
  }
}
