package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** An async method whose future is awaited: it is complete when the method returns, or has to wait itself. */
public class AsyncMethodBenchmark extends Comparison {
  private static final int CALLS = 10_000;

  /** Whether the method has to wait. */
  @Param({"false", "true"})
  public boolean waits = true;

  @Coroutine
  private static CompletableFuture<Long> increment(CompletableFuture<Long> source) {
    return CompletableFuture.completedFuture(Task.await(source) + 1);
  }

  private CompletableFuture<Long> source(long i) {
    return waits ? new CompletableFuture<>() : CompletableFuture.completedFuture(i);
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  @Override
  @Coroutine
  public long woven() {
    long sum = 0;
    for (long i = 0; i < CALLS; i++) {
      CompletableFuture<Long> source = source(i);
      CompletableFuture<Long> result = increment(source);
      source.complete(i);
      sum += Task.await(result);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public long future() {
    long sum = 0;
    for (long i = 0; i < CALLS; i++) {
      CompletableFuture<Long> source = source(i);
      CompletableFuture<Long> result = source.thenApply(x -> x + 1);
      source.complete(i);
      sum += result.join();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public long kotlin() {
    return KotlinTasks.asyncs(CALLS, waits);
  }
}
