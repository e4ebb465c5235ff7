package dev.coweave.benchmarks;

import dev.coweave.loop.EventLoop;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.TearDown;

/** A job that another thread hands to a loop, against a pool of one thread. */
public class HandInBenchmark extends Comparison {
  private static final int JOBS = 10_000;

  private final EventLoop loop = EventLoop.open("benchmark");
  private final ExecutorService pool =
      Executors.newSingleThreadExecutor(
          job -> {
            Thread thread = new Thread(job, "benchmark");
            thread.setDaemon(true);
            return thread;
          });

  private long sum;

  /** Ends both threads. */
  @TearDown
  public void close() {
    loop.close();
    pool.shutdown();
  }

  private long handIn(Executor executor) throws InterruptedException {
    sum = 0;
    CountDownLatch done = new CountDownLatch(1);
    for (long i = 0; i < JOBS; i++) {
      long n = i;
      executor.execute(() -> sum += n);
    }
    executor.execute(done::countDown);
    done.await();
    return sum;
  }

  /** {@inheritDoc} */
  @Benchmark
  @OperationsPerInvocation(JOBS)
  @Override
  public long woven() throws InterruptedException {
    return handIn(loop);
  }

  /**
   * By a pool.
   *
   * @return the same
   * @throws InterruptedException never
   */
  @Benchmark
  @OperationsPerInvocation(JOBS)
  public long pool() throws InterruptedException {
    return handIn(pool);
  }
}
