package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/**
 * How many bytes a waiting task takes, by what is left in the heap after a collection. By hand: a
 * future for the result, and an object a call that keeps its caller, its state and its only local.
 * All wait for the same: a future, another task, an item of a channel; what they wait for isn't
 * counted.
 */
final class ParkedTask {
  private static final int TASKS = 100_000;
  private static final int COLLECTIONS = 3;

  // What they wait for, which doesn't come.
  private static final Duration LONG = Duration.ofDays(1);
  private static final CompletableFuture<Integer> FUTURE = new CompletableFuture<>();
  private static final Channel<Integer> CHANNEL = new Channel<>(0);
  private static Task<Integer> task = Task.completed(0);

  private static final class Call {
    final Object caller;
    final int state;
    final int local;

    Call(Object caller, int state, int local) {
      this.caller = caller;
      this.state = state;
      this.local = local;
    }
  }

  private ParkedTask() {}

  /** Bytes by hand, at a depth of calls. */
  static double limit(int depth) {
    Object[] parked = new Object[TASKS];
    long before = used();
    for (int i = 0; i < TASKS; i++) {
      Object call = new CompletableFuture<Integer>();
      for (int d = 0; d < depth; d++) {
        call = new Call(call, d, i);
      }
      parked[i] = call;
    }
    double bytes = (double) (used() - before) / TASKS;
    if (parked[TASKS - 1] == null) {
      throw new AssertionError(); // keeps them reachable
    }
    return bytes;
  }

  /** Bytes of a {@link Task}, at a depth of calls. */
  static double woven(int depth) throws Exception {
    return EventLoop.run(() -> each(local -> () -> call(depth, local)));
  }

  /** Bytes of a task that sleeps, at depth 1. */
  static double asleep() throws Exception {
    return EventLoop.run(() -> each(local -> () -> sleep(local)));
  }

  /** Bytes of a task that awaits another, the same as all. */
  static double awaitingTask() throws Exception {
    return EventLoop.run(
        () -> {
          task = Task.start(() -> call(1, 0));
          return each(local -> () -> awaitTask(local));
        });
  }

  /** Bytes of a task that awaits a future that is no task, the same as all. */
  static double awaitingFuture() throws Exception {
    return EventLoop.run(() -> each(local -> () -> awaitFuture(local)));
  }

  /** Bytes of a task that waits for an item of a channel, the same as all. */
  static double receiving() throws Exception {
    return EventLoop.run(() -> each(local -> () -> receive(local)));
  }

  /** Bytes of a task, given its body, which is a tail call: no frame of its own. */
  @Coroutine
  private static Double each(IntFunction<CoroutineCallable<Integer>> bodies) {
    Task.yield(); // A task that is awaited waits.
    long before = used();
    for (int i = 0; i < TASKS; i++) {
      Task.start(bodies.apply(i));
    }
    Task.yield(); // each runs to its wait
    return (double) (used() - before) / TASKS;
  }

  // The innermost waits for ever: until its loop ends.

  @Coroutine
  private static Integer call(int depth, int local) {
    if (depth > 1) {
      return call(depth - 1, local) + local;
    }
    Task.suspend(resumption -> {});
    return local;
  }

  @Coroutine
  private static Integer sleep(int local) {
    Task.sleep(LONG);
    return local;
  }

  @Coroutine
  private static Integer awaitTask(int local) {
    return Task.await(task) + local;
  }

  @Coroutine
  private static Integer awaitFuture(int local) {
    return Task.await(FUTURE) + local;
  }

  @Coroutine
  private static Integer receive(int local) {
    return CHANNEL.receive() + local;
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
