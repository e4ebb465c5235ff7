package dev.coweave.samples.debugging;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The program of {@link DebuggerTest} whose lines throw, each once. */
public final class Throwing {
  private Throwing() {}

  @Coroutine
  static void atOnce() {
    throw new IllegalStateException("at once"); // throws
  }

  @Coroutine
  static void afterAWait() {
    Task.sleep(Duration.ofMillis(1));
    throw new IllegalStateException("after a wait"); // throws
  }

  @Coroutine
  static void behindCallers(int depth) {
    if (depth > 0) {
      behindCallers(depth - 1);
      Task.yield();
    }
    Task.yield();
    throw new IllegalStateException("behind callers"); // throws
  }

  @Coroutine
  static int caughtInPlace() {
    try {
      Task.yield();
      throw new IllegalStateException("caught in place"); // throws
    } catch (IllegalStateException e) {
      return 1;
    }
  }

  @Coroutine
  static Generator<Integer> generator() {
    Generator.yield(1);
    throw new IllegalStateException("in a generator"); // throws
  }

  @Coroutine
  static AsyncGenerator<Integer> asyncGenerator() {
    Generator.yield(1);
    Task.yield();
    throw new IllegalStateException("in an async generator"); // throws
  }

  @Coroutine
  static CompletableFuture<Integer> asyncMethod() {
    Task.yield();
    throw new IllegalStateException("in an async method"); // throws
  }

  /** Runs all of them; each failure is caught here, but the last. */
  @Coroutine
  public static void main(String[] args) throws Exception {
    int caught = caughtInPlace();
    for (int i = 0; i < 6; i++) {
      try {
        switch (i) {
          case 0 -> atOnce();
          case 1 -> behindCallers(3);
          case 2 -> generator().forEachRemaining(e -> {});
          case 3 -> asyncGenerator().forEach(e -> {});
          case 4 -> Task.await(asyncMethod());
          default -> Task.timeout(Duration.ofMinutes(1), () -> inATimeout());
        }
      } catch (IllegalStateException e) {
        caught++;
      }
    }
    System.out.println(caught);
    afterAWait();
  }

  @Coroutine
  private static int inATimeout() {
    Task.yield();
    throw new IllegalStateException("in a timeout"); // throws
  }
}
