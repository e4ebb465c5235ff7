package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** An element that a generator passes on from another, so many times. */
public class YieldAllBenchmark extends Comparison {
  private static final int ELEMENTS = 10_000;

  /** How many generators pass it on. */
  @Param({"1", "10", "100"})
  public int depth = 1;

  @Coroutine
  private static Generator<Long> nested(int depth, int n) {
    if (depth > 0) {
      Generator.yieldAll(nested(depth - 1, n));
    } else {
      for (long i = 0; i < n; i++) {
        Generator.yield(i);
      }
    }
    return Generator.end();
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  @Override
  public long woven() {
    long sum = 0;
    for (long i : nested(depth, ELEMENTS)) {
      sum += i;
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long kotlin() {
    return KotlinSequences.sum(KotlinSequences.nested(depth, ELEMENTS));
  }
}
