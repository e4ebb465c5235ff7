package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.sync.Mutex;
import dev.coweave.task.Task;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** A lock that two tasks want at the same time: each turn ends while it is held. */
public class MutexBenchmark extends Comparison {
  private static final int LOCKS = 10_000;

  private long count;

  @Coroutine
  private void lockOften(Mutex mutex) {
    for (int i = 0; i < LOCKS / 2; i++) {
      mutex.lock();
      Task.yield();
      count++;
      mutex.unlock();
    }
  }

  @Benchmark
  @OperationsPerInvocation(LOCKS)
  @Override
  @Coroutine
  public long woven() {
    count = 0;
    Mutex mutex = new Mutex();
    Task<Void> one = Task.start(() -> lockOften(mutex));
    Task<Void> other = Task.start(() -> lockOften(mutex));
    one.await();
    other.await();
    return count;
  }

  @Benchmark
  @OperationsPerInvocation(LOCKS)
  public long kotlin() {
    return KotlinTasks.lockOften(LOCKS / 2);
  }
}
