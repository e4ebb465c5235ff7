package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import io.reactivex.rxjava3.core.Flowable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import reactor.core.publisher.Flux;

/** An async generator whose elements are ready, beside what others make the same sequence by. Kotlin's {@code flow} pushes. */
public class SequenceBenchmark extends Comparison {
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

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long kotlin() {
    return KotlinSequences.flowSum(ELEMENTS);
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long reactor() {
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

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long rxJava() {
    long[] sum = {0};
    var unused =
        Flowable.<Long, Long>generate(
                () -> 0L,
                (i, emitter) -> {
                  if (i < ELEMENTS) {
                    emitter.onNext(i);
                  } else {
                    emitter.onComplete();
                  }
                  return i + 1;
                })
            .subscribe(i -> sum[0] += i);
    return sum[0];
  }
}
