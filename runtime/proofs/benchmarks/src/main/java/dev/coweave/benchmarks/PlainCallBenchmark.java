package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Mutex;
import dev.coweave.task.Task;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import kotlinx.coroutines.CompletableDeferred;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** Plain code calls a coroutine, with few or many callers on its own stack; Kotlin's way is {@code runBlocking}. */
public class PlainCallBenchmark extends Comparison {
  private static final int CALLS = 100;

  /** What is called. */
  public enum Work {
    /** A method that doesn't wait. */
    RETURN,
    /** A method that lets others run. */
    YIELD,
    /** An await of a completed future. */
    AWAIT,
    /** A free lock. */
    LOCK,
    /** A channel with room, and then with an item. */
    SEND
  }

  /** What is called. */
  @Param public Work work = Work.RETURN;

  /** How many plain callers are on the stack. */
  @Param({"1", "100", "1000"})
  public int depth = 1;

  private final CompletableFuture<Long> future = CompletableFuture.completedFuture(1L);
  private final CompletableDeferred<Long> deferred = KotlinPlainCalls.completed(1L);
  private final Mutex mutex = new Mutex();
  private final Channel<Long> channel = new Channel<>(1);
  private final KotlinPlainCalls kotlin = new KotlinPlainCalls();

  @Coroutine
  private static long suspending(boolean wait) {
    if (wait) {
      Task.yield();
    }
    return 1;
  }

  private static long under(int callers, LongSupplier work) {
    return callers > 1 ? under(callers - 1, work) + 1 : repeat(work);
  }

  private static long repeat(LongSupplier work) {
    long sum = 0;
    for (int i = 0; i < CALLS; i++) {
      sum += work.getAsLong();
    }
    return sum;
  }

  private long send() {
    channel.send(1L);
    return channel.receive();
  }

  private long lock() {
    mutex.lock();
    mutex.unlock();
    return 1;
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  @Override
  public long woven() {
    return under(
        depth,
        switch (work) {
          case RETURN -> () -> suspending(false);
          case YIELD -> () -> suspending(true);
          case AWAIT -> () -> Task.await(future);
          case LOCK -> this::lock;
          case SEND -> this::send;
        });
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public long kotlin() {
    return under(
        depth,
        switch (work) {
          case RETURN -> () -> kotlin.suspending(false);
          case YIELD -> () -> kotlin.suspending(true);
          case AWAIT -> () -> kotlin.await(deferred);
          case LOCK -> kotlin::lock;
          case SEND -> kotlin::send;
        });
  }
}
