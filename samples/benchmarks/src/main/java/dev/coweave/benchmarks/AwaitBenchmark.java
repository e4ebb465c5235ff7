package dev.coweave.benchmarks;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** An await of a future that is complete, against a look whether it is. */
public class AwaitBenchmark extends Comparison {
  private static final int FUTURES = 1_000;

  /** So many that entering the coroutine from plain code doesn't count. */
  private static final int ROUNDS = 100;

  private final List<CompletableFuture<Long>> futures =
      LongStream.range(0, FUTURES).boxed().map(CompletableFuture::completedFuture).toList();

  @Benchmark
  @OperationsPerInvocation(FUTURES * ROUNDS)
  @Override
  public long limit() {
    long sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (CompletableFuture<Long> future : futures) {
        sum += outcome(future);
      }
    }
    return sum;
  }

  private static long outcome(CompletableFuture<Long> future) {
    if (!future.isDone()) {
      throw new IllegalStateException("would have to wait");
    }
    return future.join();
  }

  @Benchmark
  @OperationsPerInvocation(FUTURES * ROUNDS)
  @Override
  @Coroutine
  public long woven() {
    long sum = 0;
    for (int round = 0; round < ROUNDS; round++) {
      for (CompletableFuture<Long> future : futures) {
        sum += await(future);
      }
    }
    return sum;
  }
}
