package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.TearDown;

/** A task that runs on a pool of two threads, one of many that are started at once. */
public class ExecutorBenchmark extends Comparison {
  private static final int TASKS = 1_000;

  private final ExecutorService pool =
      Executors.newFixedThreadPool(
          2,
          job -> {
            Thread thread = new Thread(job, "benchmark");
            thread.setDaemon(true);
            return thread;
          });

  /** Ends the pool's threads. */
  @TearDown
  public void close() {
    pool.shutdown();
  }

  @Coroutine
  private static long body(long i) {
    if (i < 0) {
      Task.yield();
    }
    return i;
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Override
  public long woven() {
    List<CompletableFuture<Long>> tasks = new ArrayList<>(TASKS);
    for (long i = 0; i < TASKS; i++) {
      long n = i;
      tasks.add(Task.start(pool, () -> body(n)));
    }
    return sum(tasks);
  }

  private static long sum(List<CompletableFuture<Long>> tasks) {
    long sum = 0;
    for (CompletableFuture<Long> task : tasks) {
      sum += task.join();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public long future() {
    List<CompletableFuture<Long>> futures = new ArrayList<>(TASKS);
    for (long i = 0; i < TASKS; i++) {
      long n = i;
      futures.add(CompletableFuture.supplyAsync(() -> n, pool));
    }
    return sum(futures);
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public long kotlin() {
    return KotlinTasks.onExecutor(pool, TASKS);
  }
}
