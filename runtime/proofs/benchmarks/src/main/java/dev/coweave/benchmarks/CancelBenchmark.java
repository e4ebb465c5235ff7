package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.loop.Clock;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Mutex;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** The cancellation of a task that waits, to its end. The tasks are started, and reach their waits, beforehand. */
public class CancelBenchmark extends Comparison {
  private static final int TASKS = 10_000;

  /** What the tasks wait for. */
  public enum Wait {
    /** A timer. */
    SLEEP,
    /** An item of a channel. */
    RECEIVE,
    /** A future. */
    AWAIT,
    /** A lock that is held. */
    LOCK
  }

  /** What the tasks wait for. */
  @Param public Wait wait = Wait.SLEEP;

  private final Channel<Long> channel = new Channel<>(1);
  private EventLoop loop;
  private List<Task<Void>> tasks;
  private KotlinParked kotlin;
  private long parked;
  private long cancelled;

  @Coroutine
  private void park(CompletableFuture<Void> future, Mutex mutex) {
    parked++;
    try {
      switch (wait) {
        case SLEEP -> Task.sleep(Duration.ofHours(1));
        case RECEIVE -> channel.receive();
        case AWAIT -> Task.await(future);
        case LOCK -> mutex.lock();
      }
    } catch (TaskCancelled e) {
      cancelled++;
      throw e;
    }
  }

  /** Parks the tasks. */
  @Setup(Level.Invocation)
  public void park() {
    parked = 0;
    cancelled = 0;
    loop = EventLoop.create(Clock.system());
    tasks = new ArrayList<>(TASKS);
    CompletableFuture<Void> future = new CompletableFuture<>();
    Mutex mutex = new Mutex();
    loop.start(
        () -> {
          mutex.lock();
          Task.suspend(r -> {});
        });
    for (int i = 0; i < TASKS; i++) {
      tasks.add(loop.start(() -> park(future, mutex)));
    }
    while (parked < TASKS) {
      loop.runNext(Duration.ZERO);
    }
    kotlin = new KotlinParked(wait.ordinal(), TASKS);
  }

  /** Drops them. */
  @TearDown(Level.Invocation)
  public void drop() {
    loop.shutdownNow();
    loop.runAll();
    kotlin.cancel();
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  @Override
  public long woven() {
    for (Task<Void> task : tasks) {
      task.cancel(true);
    }
    while (cancelled < TASKS) {
      loop.runNext(Duration.ZERO);
    }
    return cancelled;
  }

  @Benchmark
  @OperationsPerInvocation(TASKS)
  public long kotlin() {
    return kotlin.cancel();
  }
}
