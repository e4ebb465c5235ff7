package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/**
 * A suspension under 100 callers, against one under a single caller: the others aren't touched.
 */
public class DepthBenchmark extends Comparison {
  private static final int SUSPENSIONS = 10_000;
  private static final int DEPTH = 100;

  private long returned;

  @Coroutine
  private Generator<Long> under(int callers) {
    nest(callers);
    return Generator.end();
  }

  /** Not a tail call: something is left to do when it returns. */
  @Coroutine
  private void nest(int callers) {
    if (callers > 1) {
      nest(callers - 1);
      returned++;
      return;
    }
    for (long i = 0; i < SUSPENSIONS; i++) {
      Generator.yield(i);
    }
  }

  private long sum(int callers) {
    long sum = 0;
    for (long element : under(callers)) {
      sum += element;
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(SUSPENSIONS)
  public long hand() {
    return sum(1);
  }

  @Benchmark
  @OperationsPerInvocation(SUSPENSIONS)
  @Override
  public long woven() {
    return sum(DEPTH);
  }
}
