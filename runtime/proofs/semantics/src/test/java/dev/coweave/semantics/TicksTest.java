package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.Ticks;
import dev.coweave.task.Task;
import dev.coweave.task.TaskLocal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The turns of a tick loop's scripts, and what they wait for. */
@Timeout(300)
class TicksTest extends TickTests {
  // ---- turns

  @Test
  void eachTick_givesEachScriptOneTurn_inTheOrderOfTheirStart() {
    loop.start(() -> count("a", 2));
    loop.start(() -> count("b", 1));
    loop.start(() -> count("c", 3));
    assertEquals("", logged());
    assertEquals("a0 b0 c0", tick());
    assertEquals("a1 b. c1", tick());
    assertEquals("a. c2", tick());
    assertTrue(loop.scripts() == 1 && loop.ticks() == 3);
    assertFalse(loop.tick());
    assertEquals("c.", logged());
    assertEquals("", tick());
  }

  @Test
  void theOrderStays_whateverWaitEnded_andHoweverManyHaveEnded() {
    CompletableFuture<String> future = new CompletableFuture<>();
    for (int i = 0; i < 40; i++) {
      int n = i;
      loop.start(
          () -> {
            switch (n % 4) {
              case 0 -> Task.await(future);
              case 1 -> Ticks.await(5);
              case 2 -> Task.sleep(Duration.ofSeconds(1));
              default -> {
                return;
              }
            }
            log.add("" + n);
          });
    }
    for (int i = 0; i < 5; i++) {
      assertEquals("", tick());
    }
    future.complete("");
    loop.advance(Duration.ofSeconds(1));
    assertEquals(
        "0 1 2 4 5 6 8 9 10 12 13 14 16 17 18 20 21 22 24 25 26 28 29 30 32 33 34 36 37 38",
        tick());
  }

  @Test
  void aScriptThatAScriptStarts_hasItsFirstTurnInTheNextTick_afterTheOthers() {
    loop.start(
        () -> {
          Task.start(() -> count("child", 1));
          count("parent", 2);
        });
    loop.start(() -> count("other", 2));
    assertEquals("parent0 other0", tick());
    assertEquals("parent1 other1 child0", tick());
    assertEquals("parent. other. child.", tick());
  }

  @Test
  void whatAScriptCompletes_itsLaterSeeInTheSameTick_itsEarlierInTheNext() {
    CompletableFuture<Void> future = new CompletableFuture<>();
    loop.start(() -> logAfter("early", future));
    loop.start(
        () -> {
          Ticks.next();
          future.complete(null);
          log.add("complete");
        });
    loop.start(() -> logAfter("late", future));
    assertEquals("", tick());
    assertEquals("complete late", tick());
    assertEquals("early", tick());
  }

  @Test
  void aResumptionWithinItsOwnTurn_isNotLost() {
    loop.start(
        () -> {
          log.add(Task.suspend(r -> r.resume("resumed")));
        });
    tick();
    assertEquals("resumed", tick() + logged());
  }

  // ---- the words

  @Test
  void await_waitsSoManyTicks() {
    loop.start(
        () -> {
          for (int n : new int[] {0, 1, 3, 2}) {
            Ticks.await(n);
            log.add(n + "@" + loop.ticks());
          }
        });
    for (int i = 0; i < 7; i++) {
      loop.tick();
    }
    assertEquals("0@1 1@2 3@5 2@7", logged());
    Task<Void> negative = loop.start(() -> Ticks.await(-1));
    Task<Void> endless = loop.start(() -> Ticks.await(Long.MAX_VALUE));
    loop.tick();
    loop.tick();
    assertThrows(IllegalArgumentException.class, () -> EventLoop.run(() -> negative.await()));
    assertFalse(endless.isDone());
  }

  @Test
  void until_asksAtOnce_thenAtEachTurn() {
    AtomicBoolean condition = new AtomicBoolean(true);
    loop.start(
        () -> {
          Ticks.until(condition::get);
          log.add("at once");
          condition.set(false);
          Ticks.until(condition::get);
          log.add("later");
        });
    loop.start(
        () -> {
          Ticks.await(2);
          condition.set(true);
          log.add("set");
        });
    assertEquals("at once", tick());
    assertEquals("", tick());
    assertEquals("set", tick());
    assertEquals("later", tick());
  }

  @Test
  void whatAConditionThrows_untilThrows_withTheScriptsLines() {
    Task<String> t =
        loop.start(
            () -> {
              try {
                Ticks.until(
                    () -> {
                      if (loop.ticks() == 2) {
                        throw new IllegalArgumentException("broken condition");
                      }
                      return false;
                    });
                return "?";
              } catch (IllegalArgumentException e) {
                return e.getMessage() + List.of(e.getStackTrace());
              }
            });
    loop.tick();
    loop.tick();
    assertTrue(t.join().startsWith("broken condition"), t::join);
    assertTrue(t.join().contains("whatAConditionThrows"), t::join);
  }

  @Test
  void aCondition_seesTheScriptsLocals() {
    TaskLocal<String> name = new TaskLocal<>();
    for (String n : List.of("a", "b")) {
      loop.start(
          () -> {
            name.set(n);
            Ticks.until(
                () -> {
                  log.add(name.get() + "=" + n + "/" + Task.current().isDone());
                  return loop.ticks() == 2;
                });
          });
    }
    assertEquals("a=a/false b=b/false", tick());
    assertEquals("a=a/false b=b/false", tick());
  }

  @Test
  void aConditionThatHoldsForEver_doesNotKeepTheTickFromEnding() {
    Task<Void> t =
        loop.start(
            () -> {
              while (true) {
                Ticks.until(() -> true);
              }
            });
    loop.tick();
    loop.tick();
    t.cancel(false);
    loop.tick();
    assertTrue(t.isCancelled());
  }

  @Test
  void aScriptThatAwaitsWhatIsComplete_doesNotEither() {
    CompletableFuture<Integer> one = CompletableFuture.completedFuture(1);
    int[] sum = {0};
    Task<Void> t =
        loop.start(
            () -> {
              while (true) {
                sum[0] += Task.await(one);
              }
            });
    loop.tick();
    int first = sum[0];
    loop.tick();
    assertTrue(first > 0 && sum[0] > first && sum[0] < 3 * first, sum[0] + " after " + first);
    t.cancel(false);
    loop.tick();
    assertTrue(t.isCancelled());
  }

  @Test
  void theyWaitFromNestedCalls_asyncMethodsAndAsyncGenerators() {
    Task<Integer> deep = loop.start(() -> nested(10_000));
    Task<Integer> async = loop.start(() -> Task.await(later(3)));
    Task<Integer> sum =
        loop.start(
            () -> {
              int s = 0;
              try (AsyncGenerator<Integer> g = everyTick(3)) {
                while (g.hasNext()) {
                  s += g.next();
                }
              }
              return s;
            });
    for (int i = 0; i < 8; i++) {
      loop.tick();
    }
    assertEquals(10_000, deep.join());
    assertEquals(3, async.join());
    assertEquals(6, sum.join());
  }

  @Coroutine
  private static AsyncGenerator<Integer> everyTick(int n) {
    for (int i = 1; i <= n; i++) {
      Ticks.next();
      Generator.yield(i);
    }
    return AsyncGenerator.end();
  }

  // ---- outside scripts

  @Test
  void outsideScripts_theySayWhereTheyBelong() throws Exception {
    String message =
        "COWEAVE-209: Ticks.next outside the scripts of a TickLoop\n"
            + "  because: nothing ticks here\n"
            + "  fix: start the code there: TickLoop.start(() -> …)";
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> EventLoop.run(() -> Ticks.next()));
    assertEquals(message, e.getMessage());
    e = assertThrows(IllegalStateException.class, TicksTest::plainly);
    assertEquals(message, e.getMessage());
    CompletableFuture<Integer> async = later(0);
    assertTrue(
        assertThrows(CompletionException.class, async::join).getMessage().contains("COWEAVE-209"));
    Task<Void> inPool = Task.start(Runnable::run, () -> Ticks.until(() -> false));
    assertTrue(
        assertThrows(CompletionException.class, inPool::join)
            .getMessage()
            .contains("COWEAVE-209: Ticks.until"));
  }

  @Coroutine
  private static void plainly() {
    Ticks.next();
  }

  @Test
  void inAPlainCallOfAScript_theyThrow_insteadOfBlocking() {
    Task<String> t =
        loop.start(
            () -> {
              List<Integer> list = new ArrayList<>(List.of(2, 1));
              try {
                list.sort((a, b) -> nested(0));
                return "?";
              } catch (IllegalStateException e) {
                return e.getMessage();
              }
            });
    loop.tick();
    assertTrue(t.join().startsWith("Ticks.next would block the coroutine"), t::join);
  }

  // ---- failures

  @Test
  void aScriptThatFails_doesNotStopTheOthers() throws Exception {
    try (Reports reports = new Reports()) {
      Task<Void> failing =
          loop.start(
              "failing",
              () -> {
                throw new IllegalStateException("mine alone");
              });
      loop.start(() -> count("a", 1));
      loop.start(
          () -> {
            throw new StackOverflowError();
          });
      loop.execute(
          () -> {
            throw new AssertionError("a job's");
          });
      loop.start(() -> count("b", 1));
      Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
      Thread.currentThread().setUncaughtExceptionHandler((t, e) -> log.add(e.getMessage()));
      try {
        assertEquals("a job's a0 b0", tick());
      } finally {
        Thread.currentThread().setUncaughtExceptionHandler(before);
      }
      assertEquals("a. b.", tick());
      assertEquals(
          "mine alone",
          assertThrows(CompletionException.class, failing::join).getCause().getMessage());
      loop.close();
      assertEquals(1, reports.await(" failed").size()); // the one that nobody asked
    }
  }

  @Test
  void tickReentered_throws_andTheTickGoesOn() {
    Task<String> t =
        loop.start(
            () -> {
              try {
                loop.tick();
                return "?";
              } catch (IllegalStateException e) {
                return e.getMessage();
              }
            });
    loop.start(() -> count("a", 0));
    assertEquals("a.", tick());
    assertTrue(
        t.join().startsWith("COWEAVE-210: tick() of a tick loop within its own tick"), t::join);
    loop.execute(() -> log.add(assertThrows(IllegalStateException.class, loop::tick).getMessage()));
    loop.execute(
        () -> log.add(assertThrows(IllegalStateException.class, loop::close).getMessage()));
    assertEquals(2, tick().split("COWEAVE-210", -1).length - 1);
  }

  @Test
  void tickOnTwoThreadsAtOnce_throws() {
    CompletableFuture<String> message = new CompletableFuture<>();
    loop.execute(
        () ->
            elsewhere(
                () ->
                    message.complete(
                        assertThrows(IllegalStateException.class, loop::tick).getMessage())));
    loop.tick();
    assertTrue(
        message
            .join()
            .startsWith(
                "COWEAVE-210: tick() of a tick loop that thread "
                    + Thread.currentThread().getName()),
        message::join);
  }
}
