package dev.coweave.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** Against Kotlin's {@code flow}, which pushes. */
public class KotlinFlowBenchmark extends SequenceBenchmark {
  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  @Override
  public long limit() {
    return KotlinFlows.sum(ELEMENTS);
  }
}
