package dev.coweave.samples.debugging;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The program of {@link DebuggerTest} whose lines say how often each is run. */
public final class Counted {
  private Counted() {}

  @Coroutine
  static int waits(int n) {
    int sum = n; // runs 2
    for (int i = 0; i < 3; i++) {
      Task.sleep(Duration.ofMillis(1)); // runs 6
      sum += i; // runs 6
    }
    return sum; // runs 2
  }

  @Coroutine
  static int waitsInItsFirstLine(CompletableFuture<Integer> f) {
    int value = Task.await(f); // runs 1
    value += waits(value); // runs 1
    return value; // runs 1
  }

  @Coroutine
  static int doesNotWait(int n) {
    int twice = n * 2; // runs 1
    Task.await(CompletableFuture.completedFuture(twice)); // runs 1
    return twice; // runs 1
  }

  @Coroutine
  static CompletableFuture<Integer> async(int n) {
    int more = n + 1; // runs 1
    Task.sleep(Duration.ofMillis(1)); // runs 1
    return CompletableFuture.completedFuture(more); // runs 1
  }

  @Coroutine
  static Generator<Integer> numbers(int to) {
    int from = 0; // runs 1
    while (from < to) {
      Generator.yield(from); // runs 3
      from++; // runs 3
    }
    return Generator.end(); // runs 1
  }

  @Coroutine
  static int withLambda() throws Exception {
    CoroutineCallable<Integer> body =
        () -> {
          int a = 1; // runs 1
          Task.sleep(Duration.ofMillis(1)); // runs 1
          return a; // runs 1
        };
    return body.call() + waits(1); // runs 1
  }

  /** Runs all of them. */
  @Coroutine
  public static void main(String[] args) throws Exception {
    CompletableFuture<Integer> later = new CompletableFuture<>(); // runs 1
    Task<Boolean> completing = Task.start(() -> later.complete(1));
    int sum = waitsInItsFirstLine(later); // runs 1
    sum += doesNotWait(1); // runs 1
    sum += Task.await(async(1)); // runs 1
    for (int i : numbers(3)) {
      sum += i; // runs 3
    }
    sum += withLambda(); // runs 1
    System.out.println(sum + " " + completing.await()); // runs 1
  }
}
