package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.loop.TickLoop;
import dev.coweave.loop.Ticks;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the owner of a tick loop does, and what comes from other threads. */
@Timeout(300)
class TickLoopTest extends TickTests {
  // ---- time

  @Test
  void sleep_goesByTheOwnersClock() {
    loop.start(
        () -> {
          Task.sleep(Duration.ofMillis(30));
          log.add("30");
          Task.sleep(Duration.ofMillis(10));
          log.add("40");
        });
    loop.start(
        () -> {
          Task.sleep(Duration.ofMillis(20));
          log.add("20");
        });
    assertEquals("", tick());
    loop.tick(Duration.ofMillis(20));
    assertEquals("20", logged());
    loop.tick(Duration.ofMillis(20));
    assertEquals("30", logged());
    assertEquals("", tick());
    assertEquals(Duration.ofMillis(40), loop.time());
    loop.tick(Duration.ofMillis(10));
    assertEquals("40", logged());
    assertThrows(IllegalArgumentException.class, () -> loop.advance(Duration.ofNanos(-1)));
  }

  @Test
  void timeStandsStillDuringATick() {
    long[] now = {0};
    TickLoop world = new TickLoop(() -> now[0]);
    world.start(
        () -> {
          now[0] = 1_000_000;
          log.add("" + world.time().toMillis());
          Task.sleep(Duration.ofMillis(1));
          log.add("slept");
        });
    world.tick();
    assertEquals("0", logged());
    world.tick();
    assertEquals("slept", logged());
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> world.advance(Duration.ZERO));
    assertTrue(e.getMessage().startsWith("TickLoop.advance: this loop goes by"));
  }

  @Test
  void aTimeout_endsAWaitForTicks() {
    Task<String> t =
        loop.start(
            () -> {
              try {
                return Task.timeout(Duration.ofMillis(5), () -> waits());
              } catch (TimeoutException e) {
                return "timeout " + logged();
              }
            });
    loop.tick();
    loop.tick(Duration.ofMillis(4));
    assertFalse(t.isDone());
    loop.tick(Duration.ofMillis(1));
    assertEquals("timeout finally", t.join());
  }

  // ---- other threads

  @Test
  void whatOtherThreadsComplete_isTakenAsTheNextTickBegins() {
    CompletableFuture<String> future = new CompletableFuture<>();
    loop.start(
        () -> {
          Ticks.next();
          elsewhere(() -> future.complete("x"));
          log.add("completed");
        });
    loop.start(() -> logAfter("seen", future));
    assertEquals("", tick());
    assertEquals("completed", tick());
    assertEquals("seen", tick());
  }

  @Test
  void whatOtherThreadsStartAndHandIn_too_inItsOrder() {
    loop.start(
        () -> {
          elsewhere(
              () -> {
                loop.start(() -> count("outside", 0));
                loop.execute(() -> log.add("job"));
              });
          Task.start(() -> count("inside", 0));
        });
    assertEquals("", tick());
    assertEquals("job inside. outside.", tick());
  }

  @Test
  void blockingCalls_endInALaterTick() throws Exception {
    Task<String> t = loop.start(() -> Task.blocking(() -> Thread.currentThread().getName()));
    while (loop.tick()) {
      Thread.onSpinWait();
    }
    assertTrue(t.join().startsWith("coweave-worker"), t::join);
  }

  @Test
  void itsThreadMayChange_betweenTicks() {
    loop.start(() -> count("a", 3));
    elsewhere(loop::tick);
    loop.tick();
    elsewhere(loop::tick);
    assertEquals("a0 a1 a2", logged());
  }

  // ---- cancelling

  @Test
  void cancelling_runsFinally_inTheNextTick_whateverItWaitsFor() {
    List<Task<Void>> all = new ArrayList<>();
    all.add(loop.start(() -> waitsIn("next", () -> Ticks.next())));
    all.add(loop.start(() -> waitsIn("await", () -> Ticks.await(100))));
    all.add(loop.start(() -> waitsIn("for ever", () -> Ticks.await(Long.MAX_VALUE))));
    all.add(loop.start(() -> waitsIn("until", () -> Ticks.until(() -> false))));
    all.add(loop.start(() -> waitsIn("sleep", () -> Task.sleep(Duration.ofDays(1)))));
    all.add(loop.start(() -> waitsIn("future", () -> Task.await(new CompletableFuture<>()))));
    loop.tick();
    elsewhere(() -> all.forEach(t -> t.cancel(false)));
    assertEquals("", logged());
    assertEquals("next await for ever until sleep future", tick());
    all.forEach(t -> assertTrue(t.isCancelled()));
    assertEquals(0, loop.scripts());
  }

  @Test
  void finallyMayWaitForTicks_inAShield() {
    Task<Void> t =
        loop.start(
            () -> {
              try {
                Ticks.await(100);
              } catch (TaskCancelled e) {
                Task.shield(() -> Ticks.await(2));
                log.add("cleaned up");
                throw e;
              }
            });
    loop.tick();
    t.cancel(false);
    loop.tick();
    loop.tick();
    assertEquals("", logged());
    assertEquals("cleaned up", tick());
    assertTrue(t.isCancelled());
  }

  @Test
  void aConditionThatHolds_winsOverTheCancellation() {
    Task<String> t =
        loop.start(
            () -> {
              Ticks.until(() -> loop.ticks() == 2);
              return "held";
            });
    loop.tick();
    t.cancel(false);
    loop.tick();
    assertEquals("held", t.join());
    Task<Void> u =
        loop.start(
            () -> {
              Ticks.until(() -> loop.ticks() == 4);
              log.add("held");
              Ticks.next();
              log.add("?");
            });
    loop.tick();
    u.cancel(false);
    assertEquals("held", tick());
    assertTrue(u.isCancelled());
  }

  @Test
  void aScope_endsItsChildrenAsElsewhere() {
    Task<Void> t =
        loop.start(
            () -> {
              try (TaskScope scope = TaskScope.open()) {
                scope.fork(() -> waitsIn("child", () -> Ticks.next()));
                scope.fork(
                    () -> {
                      Ticks.await(2);
                      throw new IllegalStateException("first");
                    });
                scope.join();
              } catch (IllegalStateException e) {
                log.add(e.getMessage());
              }
            });
    for (int i = 0; i < 6; i++) {
      loop.tick();
    }
    assertEquals("child first", logged());
    assertTrue(t.isDone() && !t.isCompletedExceptionally());
  }

  // ---- the end

  @Test
  void close_cancelsAndRunsToTheEnd_thenNothingIsTaken() {
    Task<Void> a = loop.start(() -> waitsIn("a", () -> Ticks.next()));
    Task<Void> b =
        loop.start(
            () -> {
              try {
                Ticks.until(() -> false);
              } finally {
                Task.shield(() -> Task.sleep(Duration.ofHours(1))); // passes at once
                Task.shield(() -> Ticks.await(5));
                log.add("b after " + loop.time().toHours() + " h");
              }
            });
    loop.tick();
    loop.close();
    assertEquals("a b after 1 h", logged());
    assertTrue(a.isCancelled() && b.isCancelled());
    loop.close();
    assertFalse(loop.tick());
    assertThrows(RejectedExecutionException.class, () -> loop.start(() -> count("late", 1)));
    assertThrows(RejectedExecutionException.class, () -> loop.execute(() -> log.add("late")));
    assertEquals("", tick());
  }

  @Test
  void whatAJobHandsIn_isForTheNextTick() {
    Runnable[] again = {null};
    again[0] =
        () -> {
          log.add("job" + loop.ticks());
          loop.execute(again[0]);
        };
    loop.execute(again[0]);
    assertEquals("job1", tick());
    assertEquals("job2", tick());
    elsewhere(() -> loop.execute(() -> log.add("other")));
    assertEquals("job3 other", tick());
  }

  @Test
  void aCloseThatIsRefused_hasClosedNothing() {
    loop.start(
        () -> {
          assertThrows(IllegalStateException.class, loop::close);
          Ticks.next();
          log.add("goes on");
        });
    loop.tick();
    loop.start(() -> log.add("starts"));
    assertEquals("goes on starts", tick());
    loop.close();
    assertThrows(RejectedExecutionException.class, () -> loop.start(() -> log.add("late")));
  }

  @Test
  void close_waitsForWhatOtherThreadsDo() {
    CompletableFuture<String> future = new CompletableFuture<>();
    Task<Void> t =
        loop.start(
            () -> {
              try {
                Ticks.until(() -> false);
              } finally {
                log.add(Task.shield(() -> Task.await(future)));
              }
            });
    loop.tick();
    CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS)
        .execute(() -> future.complete("came"));
    loop.close();
    assertEquals("came", logged());
    assertTrue(t.isCancelled());
  }

  @Test
  void closeOfWhatNeverEnds_saysWhatIsLeft() {
    AtomicBoolean ends = new AtomicBoolean();
    loop.start(
        "stubborn",
        () -> {
          try {
            Ticks.until(() -> false);
          } finally {
            Task.shield(() -> Ticks.until(ends::get));
          }
        });
    loop.tick();
    IllegalStateException e = assertThrows(IllegalStateException.class, loop::close);
    assertTrue(e.getMessage().startsWith("COWEAVE-211: close() of a tick loop would never end\n"));
    assertTrue(e.getMessage().contains("stubborn"), e::getMessage);
    assertTrue(e.getMessage().contains("Ticks.until"), e::getMessage);
    ends.set(true);
    loop.close();
    assertEquals(0, loop.scripts());
  }
}
