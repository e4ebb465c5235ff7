package dev.coweave.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.task.PlainTimer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerHeapTest {
  private static final Comparator<Mark> ORDER =
      Comparator.<Mark>comparingLong(m -> m.distance).thenComparingInt(m -> m.number);

  private final List<Mark> fired = new ArrayList<>();

  private final class Mark extends PlainTimer {
    final long distance;
    final int number;

    Mark(long distance, int number) {
      this.distance = distance;
      this.number = number;
    }

    @Override
    public void fire() {
      fired.add(this);
    }
  }

  /** Against a sorted set, with many deadlines that are the same, timers taken out anywhere, and deadlines and arrivals on both sides of an overflow. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1_000, Long.MAX_VALUE - 3})
  void firstIsTheEarliest_andTheFirstToComeOfThose(long start) {
    Random random = new Random(start);
    for (int round = 0; round < 200; round++) {
      TimerHeap heap = new TimerHeap(Integer.MAX_VALUE - 100);
      TreeSet<Mark> expected = new TreeSet<>(ORDER);
      List<Mark> in = new ArrayList<>();
      for (int step = 0; step < 300; step++) {
        if (in.isEmpty() || random.nextInt(5) < 3) {
          Mark t = new Mark(random.nextInt(1 + round % 20), step);
          heap.add(t, start + t.distance);
          assertTrue(expected.add(t));
          in.add(t);
        } else if (random.nextBoolean()) {
          Mark first = expected.pollFirst();
          heap.fireFirst();
          assertEquals(List.of(first), fired);
          fired.clear();
          heap.remove(first); // not in: nothing happens
          in.remove(first);
        } else {
          Mark any = in.remove(random.nextInt(in.size()));
          heap.remove(any);
          heap.remove(any); // not in: nothing happens
          expected.remove(any);
        }
        assertEquals(expected.size(), heap.size());
        assertEquals(expected.isEmpty(), heap.isEmpty());
        if (!expected.isEmpty()) {
          assertEquals(start + expected.first().distance, heap.firstDeadline());
        }
      }
    }
  }
}
