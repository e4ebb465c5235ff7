package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** An async generator whose elements are ready, beside what others make the same sequence by. */
public abstract class SequenceBenchmark extends Comparison {
  static final int ELEMENTS = 100_000;

  @Coroutine
  private static AsyncGenerator<Long> range(int n) {
    for (long i = 0; i < n; i++) {
      Generator.yield(i);
    }
    return AsyncGenerator.end();
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  @Override
  @Coroutine
  public long woven() {
    long sum = 0;
    AsyncGenerator<Long> all = range(ELEMENTS);
    while (all.hasNext()) {
      sum += all.next();
    }
    return sum;
  }
}
