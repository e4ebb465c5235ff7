package dev.coweave.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.task.Timer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerHeapTest {
  private static final Comparator<Timer> ORDER =
      Comparator.<Timer>comparingLong(t -> t.deadline).thenComparingLong(t -> t.order);

  private static final class Mark extends Timer {
    Mark(long deadline) {
      this.deadline = deadline;
    }

    @Override
    public void fire() {}
  }

  /** Against a sorted set, with many deadlines that are the same, timers taken out anywhere, and deadlines on both sides of an overflow. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1_000, Long.MAX_VALUE - 3})
  void firstIsTheEarliest_andTheFirstToComeOfThose(long start) {
    Random random = new Random(start);
    for (int round = 0; round < 200; round++) {
      TimerHeap heap = new TimerHeap();
      TreeSet<Timer> expected =
          new TreeSet<>((a, b) -> ORDER.compare(shifted(a, start), shifted(b, start)));
      List<Timer> in = new ArrayList<>();
      for (int step = 0; step < 300; step++) {
        if (in.isEmpty() || random.nextInt(5) < 3) {
          Timer t = new Mark(start + random.nextInt(1 + round % 20));
          heap.add(t);
          assertTrue(expected.add(t));
          in.add(t);
        } else if (random.nextBoolean()) {
          Timer first = expected.pollFirst();
          assertSame(first, heap.first());
          heap.remove(first);
          in.remove(first);
        } else {
          Timer any = in.remove(random.nextInt(in.size()));
          heap.remove(any);
          heap.remove(any); // not in: nothing happens
          expected.remove(any);
        }
        assertEquals(expected.size(), heap.size());
        assertSame(expected.isEmpty() ? null : expected.first(), heap.first());
      }
    }
  }

  /** The deadlines by their distance from the start, as a clock that overflows compares them. */
  private static Timer shifted(Timer t, long start) {
    Timer s = new Mark(t.deadline - start);
    s.order = t.order;
    return s;
  }
}
