package dev.coweave.coroutine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Which exceptions get a trace that reads well. */
class TraceBudgetTest {
  private static final long START =
      Long.MAX_VALUE - 1_000; // nanoTime may be anything, and overflow

  private final TraceBudget budget = new TraceBudget(START);

  /** How many are served of those that are thrown in each so many nanoseconds from a time on. */
  private long served(long from, long count, long apart) {
    return LongStream.range(0, count).filter(i -> budget.take(from + i * apart)).count();
  }

  @Test
  void theFirstThousand_areServed_howeverFastTheyCome() {
    assertEquals(TraceBudget.FULL, served(START, TraceBudget.FULL, 1));
  }

  @Test
  void aStorm_isServedNowAndThen() {
    long second = 1_000_000_000;
    assertEquals(TraceBudget.FULL + 180, served(START, 10_000, second / 10_000), 5);
  }

  @Test
  void afterAPause_aThousandAreServedAgain() {
    served(START, 10_000, 1);
    long later = START;
    later += 10_000 + TraceBudget.PAUSE; // past the greatest number, as nanoTime may
    assertEquals(TraceBudget.FULL, served(later, TraceBudget.FULL, 1));
  }

  @Test
  void exceptionsThatComeNowAndThen_areAllServed() {
    long hour = 3600L * 1_000_000_000;
    assertEquals(5_000, served(START, 5_000, hour));
    assertEquals(5_000, served(START + 5_000 * hour, 5_000, TraceBudget.REFILL));
    assertTrue(budget.take(START + 5_000 * hour + 5_000 * TraceBudget.REFILL));
  }
}
