package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A thread whose plain code fills its stack while it calls coroutines, catches that, and goes on, as pools' threads do. */
class FullStackTest {
  /** In a JVM of its own, for an overflow that hits a class's initialiser spoils the class for all. */
  static final class Program {
    private static final int THREADS = 40;

    private Program() {}

    @Coroutine
    private static int waits(int x) {
      Task.sleep(Duration.ofNanos(1000));
      return x;
    }

    @Coroutine
    private static CompletableFuture<Integer> later(int x) {
      Task.yield();
      return CompletableFuture.completedFuture(x);
    }

    private static int onALoop(int x) throws Exception {
      return EventLoop.run(() -> waits(x));
    }

    private static int inAnExecutor(int x) {
      return Task.start(Runnable::run, () -> later(x)).join().join();
    }

    /** Recurs until the stack is full, and makes the call at each depth on the way back where it is full again. */
    @SuppressWarnings("InfiniteRecursion") // until the stack is full
    private static int fill(Callable<Integer> call, int depth) throws Exception {
      try {
        return fill(call, depth + 1) + 1;
      } catch (StackOverflowError e) {
        return call.call();
      }
    }

    private static void test(String what, Callable<Integer> call) throws Exception {
      for (int i = 0; i < 300; i++) {
        call.call(); // All classes are initialised.
      }
      int spoilt = 0;
      for (int i = 0; i < THREADS; i++) {
        Throwable[] failure = {null};
        Runnable job =
            () -> {
              try {
                fill(call, 0);
              } catch (Throwable e) {
                failure[0] = e; // what the innermost calls throw
              }
              try {
                failure[0] = null;
                for (int k = 0; k < 3; k++) {
                  call.call();
                }
                if (!Task.all().isEmpty()) {
                  failure[0] = new AssertionError("tasks are left on the thread");
                }
              } catch (Throwable e) {
                failure[0] = e;
              }
            };
        Thread t = new Thread(null, job, "pool", 256 * 1024 + i * 256L);
        t.start();
        t.join();
        if (failure[0] != null) {
          spoilt++;
          System.out.println(failure[0]);
        }
      }
      System.out.println(what + ": " + spoilt + " threads spoilt");
    }

    public static void main(String[] args) throws Exception {
      test("plain", () -> waits(1));
      test("async", () -> later(1).join());
      test("run", () -> onALoop(1));
      test("executor", () -> inAnExecutor(1));
    }
  }

  @Test
  void aThreadWhoseStackWasFull_callsCoroutinesAsBefore() throws Exception {
    assertEquals(
        """
        plain: 0 threads spoilt
        async: 0 threads spoilt
        run: 0 threads spoilt
        executor: 0 threads spoilt
        """,
        OwnJvm.output(0, Program.class));
  }
}
