package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What users are told whose plain code stands between two coroutines. */
class MisuseTest {
  @Coroutine
  private static void yields() {
    Generator.yield(1);
  }

  @Coroutine
  private static int waits() {
    Task.yield();
    return 1;
  }

  private static void plainly(Runnable r) {
    r.run();
  }

  @Coroutine
  private static Generator<Integer> yieldsThroughPlainCode() {
    Generator.yield(0);
    plainly(() -> yields());
    return Generator.end();
  }

  /** Without line numbers and those of lambdas. */
  private static String normal(Throwable t) {
    return t.getMessage()
        .replaceAll("\\(MisuseTest.java:\\d+\\)|\\$\\d+|dev.coweave.semantics.", "");
  }

  @Test
  void yield_throughPlainCode_namesIt() {
    Generator<Integer> g = yieldsThroughPlainCode();
    g.next();
    assertEquals(
        """
        Generator.yield can't reach a generator
          because: it was reached from the coroutine MisuseTest.yieldsThroughPlainCode through the plain method MisuseTest.lambda$yieldsThroughPlainCode, which can't be suspended
          fix: make every method in between a @Coroutine (and woven)\
        """,
        normal(assertThrows(IllegalStateException.class, g::next)));
  }

  @Test
  void yield_outsideAGenerator_saysSo() {
    Throwable t = assertThrows(IllegalStateException.class, () -> yields());
    assertTrue(t.getMessage().startsWith("Generator.yield outside a generator\n"), t.getMessage());
  }

  @Test
  void await_inALambdaOfALibrary_namesItsInterface() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          try {
            assertThrows(IllegalArgumentException.class, () -> waits());
          } catch (AssertionError e) {
            assertEquals(
                """
                Task.yield would block the coroutine MisuseTest.lambda$await_inALambdaOfALibrary_namesItsInterface
                  because: it was reached through the plain method MisuseTest.lambda$await_inALambdaOfALibrary_namesItsInterface, which can't be suspended: org.junit.jupiter.api.AssertThrows.assertThrows calls it as a org.junit.jupiter.api.function.Executable, whose method is no @Coroutine
                  fix: wait before the call, and use the outcome in the lambda; or write it without one: a loop, for an assertion coweave-junit's CoroutineAssertions, or 'try { …; fail(); } catch (TheException e) { … }'\
                """,
                normal(e.getCause()));
          }
        });
  }

  private static class Outer {
    private Supplier<Integer> supplier() {
      return new Supplier<>() {
        @Override
        @Coroutine
        public Integer get() {
          return waits();
        }
      };
    }
  }

  @Test
  void await_throughABridge_namesThePlainMethodAroundIt() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Supplier<Integer> s = new Outer().supplier();
          Throwable t = assertThrows(IllegalStateException.class, () -> plainly(() -> s.get()));
          assertTrue(normal(t).contains("through the plain method MisuseTest.lambda$"), normal(t));
        });
  }
}
