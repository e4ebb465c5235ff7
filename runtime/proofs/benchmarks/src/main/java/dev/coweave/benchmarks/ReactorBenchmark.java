package dev.coweave.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import reactor.core.publisher.Flux;

/** Against Reactor's {@code generate}. */
public class ReactorBenchmark extends SequenceBenchmark {
  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  @Override
  public long limit() {
    long[] sum = {0};
    Flux.<Long, Long>generate(
            () -> 0L,
            (i, sink) -> {
              if (i < ELEMENTS) {
                sink.next(i);
              } else {
                sink.complete();
              }
              return i + 1;
            })
        .subscribe(i -> sum[0] += i);
    return sum[0];
  }
}
