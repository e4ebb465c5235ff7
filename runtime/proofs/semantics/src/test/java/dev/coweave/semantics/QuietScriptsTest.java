package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.loop.Homes;
import dev.coweave.loop.Ticks;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskLocal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Scripts that only tick for a while, so that their tasks aren't touched, and then do what needs them. */
@Timeout(60)
class QuietScriptsTest extends TickTests {
  private static final TaskLocal<String> LOCAL = new TaskLocal<>();

  private void ticks(int n) {
    for (int i = 0; i < n; i++) {
      loop.tick();
    }
  }

  @Coroutine
  private static void rest() {
    for (int i = 0; i < 3; i++) {
      Ticks.next();
    }
  }

  // ---- the task, asked for after quiet turns

  @Test
  void theCurrentTask_itsLocalsAndItsName_areThoseOfTheScript() {
    Task<?>[] seen = new Task<?>[2];
    BooleanSupplier condition =
        () -> {
          seen[1] = Task.current();
          return loop.ticks() >= 8 && LOCAL.get().equals("set");
        };
    Task<String> t =
        loop.start(
            "script",
            () -> {
              LOCAL.set("set");
              rest();
              seen[0] = Task.current();
              rest();
              Ticks.until(condition);
              rest();
              return LOCAL.get();
            });
    ticks(9);
    assertTrue(loop.dump().contains("script"));
    ticks(4);
    assertEquals("set", t.join());
    assertSame(t, seen[0]);
    assertSame(t, seen[1]);
  }

  @Test
  void aWaitForAnything_andATickAfterIt() {
    CompletableFuture<String> future = new CompletableFuture<>();
    Task<String> t =
        loop.start(
            () -> {
              rest();
              String s = Task.await(future);
              rest();
              Task.sleep(Duration.ofMillis(1));
              rest();
              return s;
            });
    ticks(5);
    future.complete("came");
    ticks(5);
    loop.advance(Duration.ofMillis(1));
    ticks(5);
    assertEquals("came", t.join());
  }

  @Test
  void whatAConditionThrows_isThrownOnce_afterQuietTurns() {
    int[] asked = {0};
    BooleanSupplier condition =
        () -> {
          if (++asked[0] == 4) {
            throw new IllegalStateException("condition");
          }
          return false;
        };
    Task<String> t =
        loop.start(
            () -> {
              rest();
              try {
                Ticks.until(condition);
                return "?";
              } catch (IllegalStateException e) {
                rest();
                return e.getMessage();
              }
            });
    ticks(12);
    assertEquals("condition", t.join());
    assertEquals(4, asked[0]);
  }

  @Test
  void asyncMethodsAndAsyncGenerators_keepTheirOwnWaits() {
    Task<Integer> t =
        loop.start(
            () -> {
              rest();
              CompletableFuture<Integer> slow = later(4);
              CompletableFuture<Integer> fast = later(2);
              Ticks.next();
              int sum = 0;
              try (AsyncGenerator<Integer> g = nested()) {
                while (g.hasNext()) {
                  sum += g.next();
                  rest();
                }
              }
              rest();
              return sum + Task.await(fast) + Task.await(slow);
            });
    ticks(30);
    assertEquals(3 + 6, t.join());
    assertEquals(0, loop.scripts());
  }

  @Coroutine
  private static AsyncGenerator<Integer> nested() {
    emit(1);
    rest();
    emit(2);
    return AsyncGenerator.end();
  }

  @Coroutine
  private static void emit(int i) {
    Ticks.await(2);
    Generator.yield(i);
    Ticks.next();
  }

  // ---- cancellations that find it quiet

  @Test
  void cancelled_betweenTicks_byAnEarlierAndByALaterScript() {
    List<Task<?>> victims = new ArrayList<>();
    loop.start(
        () -> {
          Ticks.await(5);
          victims.get(1).cancel(false);
        });
    for (String name : List.of("between", "earlier", "later")) {
      victims.add(loop.start(() -> waitsIn(name, () -> rest())));
    }
    loop.start(
        () -> {
          Ticks.await(5);
          victims.get(2).cancel(false);
        });
    ticks(5);
    assertEquals("earlier", tick());
    assertEquals("later", tick());
    elsewhere(() -> victims.get(0).cancel(false));
    assertEquals("between", tick());
  }

  @Test
  void cancelledByItself_itsNextWaitThrowsAtOnce() {
    Task<?>[] self = new Task<?>[1];
    self[0] =
        loop.start(
            () -> {
              rest();
              self[0].cancel(false);
              try {
                Ticks.next();
              } catch (TaskCancelled e) {
                log.add("at once, in tick " + loop.ticks());
                throw e;
              }
            });
    ticks(4);
    assertEquals("at once, in tick 4", logged());
    assertTrue(self[0].isCancelled());
  }

  @Test
  void cancelledInAShield_itGoesOn_andTheFirstWaitAfterItThrows() {
    Task<?> t =
        loop.start(
            () -> {
              rest();
              Task.shield(
                  () -> {
                    rest();
                    rest();
                    log.add("shielded");
                  });
              log.add("left");
              Ticks.next();
              log.add("?");
            });
    ticks(5);
    t.cancel(false);
    ticks(8);
    assertEquals("shielded left", logged());
    assertTrue(t.isCancelled());
  }

  @Test
  void aTimeout_reachesIt_inQuietTurns_andNotAfterThem() throws Exception {
    Task<String> t =
        loop.start(
            () -> {
              rest();
              Task.timeout(Duration.ofMillis(10), () -> rest());
              try {
                Task.timeout(Duration.ofMillis(10), () -> Ticks.until(() -> false));
                return "?";
              } catch (TimeoutException e) {
                rest();
                return "expired";
              }
            });
    ticks(9);
    loop.advance(Duration.ofMillis(10));
    ticks(4);
    assertEquals("expired", t.join());
  }

  // ---- what many do to the table

  @Test
  void scriptsThatStartAndEndInTicks_keepTheirOrder_andTheirWaits() {
    for (int i = 0; i < 100; i++) {
      int n = i;
      loop.start(() -> generations(n, 3));
    }
    ticks(400);
    assertEquals(0, loop.scripts());
    assertEquals(300, log.size());
  }

  @Coroutine
  private void generations(int n, int left) {
    Ticks.await(1 + n % 7);
    rest();
    log.add(n + "/" + left);
    if (left > 1) {
      loop.start(() -> generations(n, left - 1));
    }
    Ticks.await(n % 3);
  }

  @Test
  void tickInAConditionOrWithinAScript_throws_andOthersGoOn() {
    BooleanSupplier condition = () -> assertThrows(IllegalStateException.class, loop::tick) != null;
    Task<String> t =
        loop.start(
            () -> {
              rest();
              Ticks.until(() -> loop.ticks() > 5 && condition.getAsBoolean());
              rest();
              return "went on";
            });
    ticks(12);
    assertEquals("went on", t.join());
  }

  // ---- between ticks

  @Test
  void betweenTicks_anAsyncMethodGoesOnInTheLoop_ifItsOwnerSaysSo() {
    Thread me = Thread.currentThread();
    CompletableFuture<String> future = new CompletableFuture<>();
    try (var registered = Homes.register(() -> Thread.currentThread() == me ? loop : null)) {
      CompletableFuture<String> result = place(future);
      elsewhere(() -> future.complete("done"));
      assertTrue(!result.isDone());
      loop.tick();
      assertEquals("done in tick 1", result.join());
    }
  }

  @Coroutine
  private CompletableFuture<String> place(CompletableFuture<String> future) {
    String s = Task.await(future);
    return CompletableFuture.completedFuture(
        s + (loop.isHere() ? " in tick " + loop.ticks() : " outside"));
  }
}
