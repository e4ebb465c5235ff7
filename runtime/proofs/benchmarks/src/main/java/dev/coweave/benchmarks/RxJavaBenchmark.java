package dev.coweave.benchmarks;

import io.reactivex.rxjava3.core.Flowable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** Against RxJava's {@code generate}. */
public class RxJavaBenchmark extends SequenceBenchmark {
  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  @Override
  public long limit() {
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
