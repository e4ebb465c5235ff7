package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A task is a CompletableFuture whose outcome is its body's: from outside it can only be asked for. */
class TaskAsFutureTest extends InVirtualTime {
  private final IllegalStateException failure = new IllegalStateException("asked for");

  @Coroutine
  private String cleansUpFor(int seconds) {
    try {
      Task.sleep(HOUR);
      return "slept";
    } finally {
      Task.shield(() -> sleepFor(seconds));
      log.add("cleaned up");
    }
  }

  @Test
  void complete_cancelsTheBody_andIsTheOutcomeWhenThatHasEnded() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> cleansUpFor(2));
          Task.yield();
          assertTrue(t.complete("asked for"));
          assertFalse(t.isDone());
          assertEquals("asked for", Task.await(t));
          assertLog("cleaned up");
          assertFalse(t.isCancelled());
        });
    assertElapsed(Duration.ofSeconds(2));
  }

  @Test
  void completeExceptionally_likewise() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> cleansUpFor(2));
          Task.yield();
          assertTrue(t.completeExceptionally(failure));
          assertSame(failure, thrown(IllegalStateException.class, () -> Task.await(t)));
          assertLog("cleaned up");
        });
  }

  @Test
  void theFirstRequest_wins_andACancellationAfterwardsChangesNothing() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> cleansUpFor(2));
          Task.yield();
          assertTrue(t.complete("first"));
          assertFalse(t.complete("second"));
          assertFalse(t.completeExceptionally(failure));
          assertTrue(t.cancel(false));
          assertEquals("first", Task.await(t));
        });
  }

  @Test
  void aRequestAfterACancellation_isTheOutcome() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> cleansUpFor(2));
          Task.yield();
          t.cancel(false);
          assertTrue(t.complete("after"));
          assertEquals("after", Task.await(t));
        });
  }

  @Test
  void aRequest_winsOverTheBodysOwnValue_untilThatHasEnded() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> Task.shield(() -> sleepsAndGives("body")));
          Task.yield();
          assertTrue(t.complete("asked for"));
          assertEquals("asked for", Task.await(t));
          assertFalse(t.complete("too late"));
          assertFalse(t.completeExceptionally(failure));
          assertEquals("asked for", t.join());
        });
  }

  @Coroutine
  private static String sleepsAndGives(String value) {
    Task.sleep(SECOND);
    return value;
  }

  @Test
  void completeAsync_asksFromItsExecutor() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> cleansUpFor(1));
          Task.yield();
          assertSame(t, t.completeAsync(() -> "supplied", Runnable::run));
          assertFalse(t.isDone());
          assertEquals("supplied", Task.await(t));
          Task<String> u = Task.start(() -> cleansUpFor(1));
          Task.yield();
          u.completeAsync(
              () -> {
                throw failure;
              },
              Runnable::run);
          assertSame(failure, thrown(IllegalStateException.class, () -> Task.await(u)));
        });
    assertLog("cleaned up", "cleaned up");
  }

  @Test
  void orTimeoutAndCompleteOnTimeout_areRequestsToo() throws Exception {
    EventLoop.run(
        () -> {
          Task<String> t = Task.start(() -> cleansUpFor(0));
          thrown(TimeoutException.class, () -> Task.await(t.orTimeout(1, TimeUnit.MILLISECONDS)));
          Task<String> u = Task.start(() -> cleansUpFor(0));
          assertEquals(
              "default", Task.await(u.completeOnTimeout("default", 1, TimeUnit.MILLISECONDS)));
        });
    assertLog("cleaned up", "cleaned up");
  }

  @Test
  void obtrude_isNotPossible() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> "body");
          assertThrows(UnsupportedOperationException.class, () -> t.obtrudeValue("x"));
          assertThrows(UnsupportedOperationException.class, () -> t.obtrudeException(failure));
          assertEquals("body", Task.await(t));
          assertThrows(UnsupportedOperationException.class, () -> t.obtrudeValue("x"));
        });
  }

  @Test
  void dependents_arePlainFutures_thatCompleteAtOnce() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> cleansUpFor(2));
          Task.yield();
          CompletableFuture<Integer> dependent = t.thenApply(String::length);
          assertSame(CompletableFuture.class, dependent.getClass());
          assertTrue(dependent.complete(1));
          assertEquals(1, dependent.join());
          assertFalse(t.isDone());
          t.cancel(false);
        });
  }

  @Test
  void aDependentsCancellation_leavesTheTaskAlone() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> sleepsAndGives("value"));
          Task.yield();
          assertTrue(t.copy().cancel(false));
          assertEquals("value", Task.await(t));
        });
  }

  @Test
  void dependents_seeTheFailureWrapped_asOfAnyFuture() throws Exception {
    run(
        () -> {
          Task<String> t =
              Task.start(
                  () -> {
                    throw failure;
                  });
          CompletableFuture<Throwable> seen = t.handle((v, e) -> e);
          assertSame(failure, Task.await(seen));
          assertSame(failure, Task.await(t.thenApply(v -> v).handle((v, e) -> e.getCause())));
          assertSame(failure, assertThrows(CompletionException.class, t::join).getCause());
          assertSame(failure, assertThrows(ExecutionException.class, t::get).getCause());
        });
  }

  @Test
  void anOutcome_isSetAfterTheLastFinally_andBeforeDependentsRun() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> cleansUpFor(1));
          Task.yield();
          t.whenComplete((v, e) -> log.add(t.isDone() + " " + t.isCancelled()));
          t.cancel(false);
          sleepFor(2);
        });
    assertLog("cleaned up", "true true");
  }

  @Test
  void dependents_runOutsideTheTask() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> sleepsAndGives("value"));
          Task.yield();
          CompletableFuture<String> said =
              t.handle(
                  (v, e) -> assertThrows(IllegalStateException.class, Task::current).getMessage());
          assertTrue(Task.await(said).startsWith("Task.current outside a task"));
        });
  }

  @Test
  void getAndJoin_ofAnUnfinishedTask_onItsLoopsThread_areErrors() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> "value");
          IllegalStateException e = assertThrows(IllegalStateException.class, t::join);
          assertEquals(
              """
              Task.join of an unfinished task
                because: this thread is its home, event loop on thread main, so the task could never end
                fix: Task.await(task), in a @Coroutine\
              """,
              e.getMessage());
          assertThrows(IllegalStateException.class, t::get);
          assertThrows(IllegalStateException.class, () -> t.get(1, TimeUnit.HOURS));
          Task.await(t);
          assertEquals("value", t.join());
          assertEquals("value", t.get());
        });
  }

  @Test
  void get_onAnotherThread_waits() throws Exception {
    try (EventLoop loop = EventLoop.open("other")) {
      Task<String> t =
          loop.start(
              () -> {
                Task.sleep(Duration.ofMillis(1));
                return "value";
              });
      assertEquals("value", t.get());
      Task<Void> slow = loop.start(() -> Task.sleep(HOUR));
      assertThrows(TimeoutException.class, () -> slow.get(1, TimeUnit.MILLISECONDS));
      slow.cancel(false);
      assertThrows(CancellationException.class, slow::get);
    }
  }

  @Test
  void aForeignCancellationException_isAFailure_soIsCancelledNeverLies() throws Exception {
    run(
        () -> {
          CancellationException foreign = new CancellationException("foreign");
          Task<String> t =
              Task.start(
                  () -> {
                    throw foreign;
                  });
          Task.yield();
          assertFalse(t.isCancelled());
          assertTrue(t.isCompletedExceptionally());
          assertSame(foreign, assertThrows(CompletionException.class, t::join).getCause());
          assertSame(foreign, thrown(CancellationException.class, () -> Task.await(t)));
        });
  }

  @Test
  void awaitingACancelledFuture_makesTheWaitersTaskFail_notCancelled() throws Exception {
    run(
        () -> {
          CompletableFuture<String> cancelled = new CompletableFuture<>();
          cancelled.cancel(false);
          Task<String> t = Task.start(() -> Task.await(cancelled));
          Task.yield();
          assertFalse(t.isCancelled());
          assertInstanceOf(
              CancellationException.class,
              assertThrows(CompletionException.class, t::join).getCause());
        });
  }

  @Test
  void allOf_andOtherCombinators_takeTasks() throws Exception {
    run(
        () -> {
          Task<String> a = Task.start(() -> sleepsAndGives("a"));
          Task<String> b = Task.start(() -> sleepsAndGives("b"));
          Task.await(CompletableFuture.allOf(a, b));
          assertEquals("ab", a.thenCombine(b, String::concat).join());
        });
  }

  /** The body's own end, a value, a failure and a cancellation, from four threads at once. */
  @Test
  void racedOutcomes_areOne_forAllWhoLook() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(3);
    try (EventLoop loop = EventLoop.open("raced")) {
      for (int i = 0; i < 2_000; i++) {
        CompletableFuture<String> end = new CompletableFuture<>();
        Task<String> task = loop.start(() -> Task.await(end));
        AtomicInteger times = new AtomicInteger();
        CompletableFuture<String> told =
            task.handle(
                (value, failure) -> times.incrementAndGet() + ": " + outcome(value, failure));
        CyclicBarrier together = new CyclicBarrier(4);
        List<Future<?>> racers = new ArrayList<>();
        List<Runnable> race =
            List.of(
                () -> task.complete("asked for"),
                () -> task.completeExceptionally(new IOException("asked for")),
                () -> task.cancel(false));
        for (Runnable r : race) {
          racers.add(
              pool.submit(
                  () -> {
                    together.await();
                    r.run();
                    return null;
                  }));
        }
        together.await();
        end.complete("the body's");
        for (Future<?> r : racers) {
          r.get();
        }
        String outcome = task.handle(TaskAsFutureTest::outcome).get();
        assertEquals("1: " + outcome, told.get());
        assertEquals(outcome.equals("cancelled"), task.isCancelled());
      }
    } finally {
      pool.shutdown();
    }
  }

  private static String outcome(@Nullable String value, @Nullable Throwable failure) {
    return failure instanceof CancellationException
        ? "cancelled"
        : failure != null ? "failed" : "value " + value;
  }
}
