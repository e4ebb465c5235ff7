package dev.coweave.samples.debugging;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** The program of {@link DebuggerTest} that is stepped through; its lines say how often each is run. */
public final class Stepped {
  private Stepped() {}

  @Coroutine
  static void pause() {
    Task.sleep(Duration.ofMillis(1));
  }

  @Coroutine
  static int loops(int n) {
    int sum = 0; // runs 1
    for (int i = 0; i < n; i++) {
      pause(); // runs 2
      sum += i; // runs 2
    }
    while (sum < 5) {
      sum += 2; // runs 2
      pause(); // runs 2
    }
    return sum; // runs 1
  }

  @Coroutine
  static int handlers(boolean fails) {
    int sum = 1; // runs 2
    try {
      pause(); // runs 2
      if (fails) {
        throw new IllegalStateException("to be caught"); // runs 1
      }
      sum += 1; // runs 1
    } catch (IllegalStateException e) {
      pause(); // runs 1
      sum += 2; // runs 1
    } finally {
      sum += 3; // runs 2
      pause(); // runs 2
      sum += 4; // runs 2
    }
    return sum; // runs 2
  }

  @Coroutine
  static int leaves(int kind) {
    int sum = kind; // runs 3
    if (kind == 0) {
      pause(); // runs 1
      return sum; // runs 1
    } else if (kind == 1) {
      return nests(sum); // runs 1
    }
    sum += 1; // runs 1
    pause(); // runs 1
    return sum; // runs 1
  }

  @Coroutine
  static int nests(int depth) {
    int own = depth; // runs 4
    if (depth < 2) {
      own += nests(depth + 1); // runs 1
      own += nests(2); // runs 1
      return own; // runs 1
    }
    pause(); // runs 3
    return own; // runs 3
  }

  @Coroutine
  static int lambdas() throws Exception {
    int sum = 1; // runs 1
    CoroutineCallable<Integer> body =
        () -> {
          int a = 1; // runs 2
          pause(); // runs 2
          return a; // runs 2
        };
    sum += body.call(); // runs 1
    sum += Task.timeout(Duration.ofMinutes(1), body); // runs 1
    return sum; // runs 1
  }

  @Coroutine
  static Generator<Integer> numbers(int to) {
    int from = 0; // runs 2
    while (true) {
      if (from == 2) {
        return Generator.end(); // runs 1
      }
      Generator.yield(from); // runs 3
      from++; // runs 3
      if (from == to) {
        twice(from); // runs 1
        return Generator.end(); // runs 1
      }
    }
  }

  @Coroutine
  private static void twice(int n) {
    Generator.yield(n); // runs 1
    Generator.yield(n); // runs 1
    n++; // runs 1
  }

  @Coroutine
  static AsyncGenerator<Integer> later(int to) {
    int from = 0; // runs 1
    while (true) {
      pause(); // runs 2
      Generator.yield(from); // runs 2
      from++; // runs 2
      if (from == to) {
        return AsyncGenerator.end(); // runs 1
      }
      pause(); // runs 1
    }
  }

  @Coroutine
  static CompletableFuture<Integer> async(int kind) {
    int more = kind; // runs 3
    if (kind == 0) {
      return null; // runs 1
    } else if (kind == 1) {
      pause(); // runs 1
      return null; // runs 1
    }
    pause(); // runs 1
    return CompletableFuture.completedFuture(more); // runs 1
  }

  @Coroutine
  static int scope() throws Exception {
    int sum = 0; // runs 1
    try (TaskScope scope = TaskScope.open()) {
      Task<Integer> task = scope.fork(Stepped::resource); // runs 1
      pause(); // runs 1
      scope.join(); // runs 1
      sum += task.await(); // runs 1
    }
    return sum; // runs 1
  }

  @Coroutine
  private static int resource() {
    return nests(2); // runs 1
  }

  /** Runs all of them. */
  @Coroutine
  public static void main(String[] args) throws Exception {
    int sum = loops(2); // runs 1
    sum += handlers(false); // runs 1
    sum += handlers(true); // runs 1
    for (int kind = 0; kind < 3; kind++) {
      sum += leaves(kind); // runs 3
    }
    sum += lambdas(); // runs 1
    for (int to : new int[] {1, 3}) {
      for (int i : numbers(to)) {
        sum += i; // runs 5
      }
    }
    AsyncGenerator<Integer> later = later(2); // runs 1
    while (later.hasNext()) {
      sum += later.next(); // runs 2
    }
    for (int kind = 0; kind < 3; kind++) {
      try {
        sum += Task.await(async(kind)); // runs 3
      } catch (NullPointerException e) {
        sum++; // runs 2
      }
    }
    sum += scope(); // runs 1
    System.out.println(sum); // runs 1
  }
}
