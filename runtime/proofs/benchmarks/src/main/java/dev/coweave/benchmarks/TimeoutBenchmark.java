package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** A time-out around a body that lets others run, and ends long before. */
public class TimeoutBenchmark extends Comparison {
  private static final int TIMEOUTS = 10_000;
  private static final Duration HOUR = Duration.ofHours(1);

  @Coroutine
  private static long body(long i) {
    Task.yield();
    return i;
  }

  /** {@inheritDoc} */
  @Benchmark
  @OperationsPerInvocation(TIMEOUTS)
  @Override
  @Coroutine
  public long woven() throws TimeoutException {
    long sum = 0;
    for (long i = 0; i < TIMEOUTS; i++) {
      long n = i;
      sum += Task.timeout(HOUR, () -> body(n));
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(TIMEOUTS)
  public long kotlin() {
    return KotlinTasks.timeouts(TIMEOUTS);
  }
}
