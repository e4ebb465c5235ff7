package dev.coweave.benchmarks;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** An await of a future that is complete, against a look whether it is. */
public class AwaitBenchmark extends Comparison {
  /** So many that entering the coroutine from plain code doesn't count. */
  private static final int AWAITS = 100_000;

  private CompletableFuture<Long> future = CompletableFuture.completedFuture(7L);

  @Benchmark
  @OperationsPerInvocation(AWAITS)
  public long hand() {
    long sum = 0;
    for (int i = 0; i < AWAITS; i++) {
      sum += outcome(future);
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
  @OperationsPerInvocation(AWAITS)
  @Override
  @Coroutine
  public long woven() {
    long sum = 0;
    for (int i = 0; i < AWAITS; i++) {
      sum += await(future);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(AWAITS)
  public long kotlin() {
    return KotlinTasks.awaitCompleted(AWAITS, 7);
  }
}
