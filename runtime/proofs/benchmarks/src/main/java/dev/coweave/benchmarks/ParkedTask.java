package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.util.concurrent.CompletableFuture;

/**
 * How many bytes a waiting task takes, by what is left in the heap after a collection. By hand: a
 * future for the result, and an object a call that keeps its caller, its state and its only local.
 */
final class ParkedTask {
  private static final int TASKS = 100_000;
  private static final int COLLECTIONS = 3;

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
    return EventLoop.run(
        () -> {
          long before = used();
          for (int i = 0; i < TASKS; i++) {
            int local = i;
            Task.start(() -> call(depth, local)); // a tail call: no frame of its own
          }
          Task.yield(); // each runs to its wait
          return (double) (used() - before) / TASKS;
        });
  }

  /** The innermost waits for ever: until its loop ends. */
  @Coroutine
  private static Integer call(int depth, int local) {
    if (depth > 1) {
      return call(depth - 1, local) + local;
    }
    Task.suspend(resumption -> {});
    return local;
  }

  private static long used() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
