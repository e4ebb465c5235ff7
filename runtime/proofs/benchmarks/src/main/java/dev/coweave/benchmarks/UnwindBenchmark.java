package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.util.Iterator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/**
 * A frame of the first suspension under 100 callers: each of them saves its locals, and is resumed
 * once. By hand: an object a call, linked to its caller's, each called when the wait is over.
 */
public class UnwindBenchmark extends Comparison {
  private static final int ROUNDS = 100;
  private static final int DEPTH = 100;

  @Coroutine
  private static Generator<Long> rounds() {
    long sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
      sum += nest(DEPTH);
    }
    Generator.yield(sum);
    return Generator.end();
  }

  @Coroutine
  private static long nest(int callers) {
    if (callers == 1) {
      Generator.yield(1L);
      return 1;
    }
    return nest(callers - 1) + callers;
  }

  /** The rest of one call of {@link #nest}. */
  private static final class Nested {
    private final Nested caller;
    private final int callers;

    Nested(Nested caller, int callers) {
      this.caller = caller;
      this.callers = callers;
    }

    long resume(long result) {
      return callers == 1 ? 1 : result + callers;
    }
  }

  private static final class Rounds implements Iterator<Long> {
    private int round;
    private long sum;
    private Nested leaf;

    @Override
    public boolean hasNext() {
      return round <= ROUNDS;
    }

    @Override
    public Long next() {
      if (leaf != null) {
        long result = 0;
        for (Nested call = leaf; call != null; call = call.caller) {
          result = call.resume(result);
        }
        sum += result;
        leaf = null;
      }
      if (round++ == ROUNDS) {
        return sum;
      }
      for (int callers = DEPTH; callers > 0; callers--) {
        leaf = new Nested(leaf, callers);
      }
      return 1L;
    }
  }

  private static long sum(Iterator<Long> numbers) {
    long sum = 0;
    while (numbers.hasNext()) {
      sum += numbers.next();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(ROUNDS * DEPTH)
  public long hand() {
    return sum(new Rounds());
  }

  @Benchmark
  @OperationsPerInvocation(ROUNDS * DEPTH)
  @Override
  public long woven() {
    return sum(rounds());
  }
}
