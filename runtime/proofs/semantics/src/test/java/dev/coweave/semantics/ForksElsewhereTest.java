package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.TickLoop;
import dev.coweave.loop.Ticks;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskLocal;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Children of a scope that run in an executor: they belong to it as those on its loop do. */
@Timeout(300)
class ForksElsewhereTest {
  private final ExecutorService pool =
      Executors.newSingleThreadExecutor(r -> new Thread(r, "pool"));

  @AfterEach
  void shutDown() {
    pool.shutdown();
  }

  @Coroutine
  private static String threads() {
    String first = Thread.currentThread().getName();
    Task.yield();
    return first + " " + Thread.currentThread().getName();
  }

  @Coroutine
  private static void waitFor(CompletableFuture<?> future, CompletableFuture<String> outcome) {
    try {
      Task.await(future);
    } catch (TaskCancelled e) {
      outcome.complete("cancelled on " + Thread.currentThread().getName());
      throw e;
    }
  }

  @Test
  void theyRunThere_eachTurn_whileTheOwnerStaysHere() throws Exception {
    String here = Thread.currentThread().getName();
    String all =
        EventLoop.run(
            () -> {
              try (TaskScope scope = TaskScope.open()) {
                Task<String> a = scope.fork(pool, () -> threads());
                Task<String> b = scope.fork(pool, "named", () -> threads());
                scope.fork(pool, () -> Task.yield());
                scope.fork(pool, "runs", () -> Task.yield());
                scope.join();
                assertEquals("named", b.name());
                return a.join() + " " + b.join() + " " + Thread.currentThread().getName();
              }
            });
    assertEquals("pool pool pool pool " + here, all);
  }

  @Test
  void oneThatFails_cancelsTheOthers_hereAndThere() throws Exception {
    IllegalStateException failure = new IllegalStateException("first");
    CompletableFuture<String> here = new CompletableFuture<>();
    CompletableFuture<String> there = new CompletableFuture<>();
    CompletableFuture<Void> never = new CompletableFuture<>();
    assertSame(
        failure,
        assertThrows(
            IllegalStateException.class,
            () ->
                EventLoop.run(
                    () -> {
                      try (TaskScope scope = TaskScope.open()) {
                        scope.fork(() -> waitFor(never, here));
                        scope.fork(pool, () -> waitFor(never, there));
                        Task.yield();
                        scope.fork(
                            pool,
                            () -> {
                              throw failure;
                            });
                        scope.join();
                      }
                    })));
    assertTrue(here.join().startsWith("cancelled on "));
    assertEquals("cancelled on pool", there.join());
  }

  @Test
  void closing_cancelsThem_andWaits() throws Exception {
    CompletableFuture<String> there = new CompletableFuture<>();
    EventLoop.run(
        () -> {
          Task<Void> child;
          try (TaskScope scope = TaskScope.open()) {
            child = scope.fork(pool, () -> waitFor(new CompletableFuture<>(), there));
          }
          assertTrue(child.isCancelled());
        });
    assertEquals("cancelled on pool", there.join());
  }

  @Test
  void anExecutorThatRefuses_leavesNothingInTheScope() throws Exception {
    pool.shutdown();
    EventLoop.run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            assertThrows(RejectedExecutionException.class, () -> scope.fork(pool, () -> threads()));
            scope.join();
          }
        });
  }

  @Test
  void theyInheritLocals() throws Exception {
    TaskLocal<String> user = new TaskLocal<>();
    EventLoop.run(
        () -> {
          user.set("ann");
          try (TaskScope scope = TaskScope.open()) {
            Task<String> child = scope.fork(pool, () -> user.get());
            scope.join();
            assertEquals("ann", child.join());
          }
        });
  }

  @Test
  void waitingForThem_isNoDeadlock() throws Exception {
    CompletableFuture<String> answer = new CompletableFuture<>();
    CompletableFuture.delayedExecutor(300, java.util.concurrent.TimeUnit.MILLISECONDS)
        .execute(() -> answer.complete("answer"));
    try (Reports reports = new Reports()) {
      EventLoop.run(
          new VirtualClock(),
          () -> {
            try (TaskScope scope = TaskScope.open()) {
              Task<String> child = scope.fork(pool, () -> Task.await(answer));
              scope.join();
              assertEquals("answer", child.join());
            }
          });
      assertTrue(reports.messages().isEmpty(), reports.messages()::toString);
    }
  }

  @Test
  void inATickLoop_theyAreScripts() {
    TickLoop world = new TickLoop();
    Task<Long> sum =
        world.start(
            () -> {
              try (TaskScope scope = TaskScope.open()) {
                Task<Long> ticks = scope.fork(world, () -> ticksAfter(world, 3));
                scope.join();
                return ticks.join();
              }
            });
    while (world.tick(Duration.ofMillis(1))) {
      Thread.onSpinWait();
    }
    assertEquals(5, sum.join());
  }

  @Coroutine
  private static long ticksAfter(TickLoop world, int n) {
    Ticks.await(n);
    return world.ticks();
  }
}
