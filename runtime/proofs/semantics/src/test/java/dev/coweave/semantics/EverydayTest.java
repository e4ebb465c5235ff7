package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.task.Retry;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskLocal;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** What users of asyncio, Trio, C# and kotlinx reach for. */
class EverydayTest extends InVirtualTime {
  @Coroutine
  private static int after(int seconds, int value) {
    sleepFor(seconds);
    return value;
  }

  @Coroutine
  private static int failsAfter(int seconds) throws IOException {
    sleepFor(seconds);
    throw new IOException("after " + seconds);
  }

  // ---- tasks that have ended

  @Test
  void completedAndFailed_areTasksThatHaveEnded() throws Exception {
    Task<String> done = Task.completed("x");
    assertTrue(done.isDone());
    assertEquals("x", done.join());
    assertNull(Task.<String>completed(null).join());
    IOException e = new IOException("y");
    Task<String> failed = Task.failed(e);
    assertTrue(failed.isCompletedExceptionally());
    assertFalse(failed.isCancelled());
    assertFalse(failed.cancel(true));
    run(
        () -> {
          assertEquals("x", done.await());
          assertSame(e, failureOf(() -> failed.await()));
        });
  }

  // ---- awaiting several

  @Test
  void awaitAll_givesTheValuesInTheirOrder() throws Exception {
    run(
        () -> {
          assertEquals(List.of(), Task.awaitAll(List.<Task<String>>of()));
          List<Integer> all =
              Task.awaitAll(
                  List.of(
                      Task.start(() -> after(2, 1)),
                      Task.start(() -> after(1, 2)),
                      CompletableFuture.completedFuture(3)));
          assertEquals(List.of(1, 2, 3), all);
          assertElapsed(Duration.ofSeconds(2));
        });
  }

  @Test
  void awaitAll_throwsTheFirstFailure_atOnce_andTheOthersGoOn() throws Exception {
    run(
        () -> {
          Task<Integer> slow = Task.start(() -> after(9, 1));
          CompletableFuture<Integer> never = new CompletableFuture<>();
          Task<Integer> fails = Task.start(() -> failsAfter(1));
          IOException e =
              thrown(IOException.class, () -> Task.awaitAll(List.of(slow, never, fails)));
          assertEquals("after 1", e.getMessage());
          assertElapsed(SECOND);
          assertFalse(slow.isDone());
          assertEquals(0, never.getNumberOfDependents() > 1 ? 1 : 0);
          assertEquals(1, slow.await());
        });
  }

  @Test
  void awaitAll_isCancelledWithItsTask_andLeavesTheFuturesAlone() throws Exception {
    run(
        () -> {
          Task<Integer> slow = Task.start(() -> after(9, 1));
          thrown(
              TimeoutException.class,
              () -> Task.timeout(SECOND, () -> Task.awaitAll(List.of(slow))));
          assertEquals(1, slow.await());
        });
  }

  @Test
  void awaitAny_givesTheFirst_beItAFailure() throws Exception {
    run(
        () -> {
          Task<Integer> slow = Task.start(() -> after(9, 1));
          assertEquals(2, Task.awaitAny(List.of(slow, Task.start(() -> after(1, 2)))));
          Task<Integer> fails = Task.start(() -> failsAfter(1));
          IOException e = thrown(IOException.class, () -> Task.awaitAny(List.of(slow, fails)));
          assertEquals("after 1", e.getMessage());
          thrown(IllegalArgumentException.class, () -> Task.awaitAny(List.<Task<Integer>>of()));
          assertFalse(slow.isDone());
          assertEquals(1, slow.await());
        });
  }

  @Test
  void mapAll_doesSoManyAtATime_andKeepsTheOrder() throws Exception {
    run(
        () -> {
          int[] now = {0, 0};
          List<Integer> squares =
              Task.mapAll(
                  List.of(5, 1, 4, 2, 3),
                  2,
                  i -> {
                    now[1] = Math.max(now[1], ++now[0]);
                    sleepFor(i);
                    now[0]--;
                    return i * i;
                  });
          assertEquals(List.of(25, 1, 16, 4, 9), squares);
          assertEquals(2, now[1]);
          assertElapsed(Duration.ofSeconds(8));
          assertEquals(List.of(), Task.mapAll(List.<Integer>of(), 3, i -> i));
        });
  }

  @Test
  void mapAll_takesNoItem_onceOneHasFailed_alsoWhereNothingWaits() throws Exception {
    run(
        () -> {
          List<Integer> taken = new ArrayList<>();
          thrown(
              IOException.class,
              () ->
                  Task.mapAll(
                      List.of(0, 1, 2, 3, 4, 5, 6),
                      3,
                      i -> {
                        taken.add(i);
                        if (i == 0) {
                          throw new IOException();
                        }
                        return i;
                      }));
          assertEquals(List.of(0), taken);
          taken.clear();
          thrown(
              IOException.class,
              () ->
                  Task.mapAll(
                      List.of(0, 1, 2, 3, 4, 5, 6),
                      2,
                      i -> {
                        taken.add(i);
                        if (i == 0) {
                          return failsAfter(1);
                        }
                        if (i == 1) {
                          sleepFor(1);
                        }
                        return i;
                      }));
          assertEquals(List.of(0, 1), taken);
        });
  }

  @Test
  void mapAll_asksAnIteratorThatFailed_noMore() throws Exception {
    run(
        () -> {
          List<Integer> taken = new ArrayList<>();
          Iterable<Integer> items =
              () ->
                  new Iterator<>() {
                    private int next;

                    @Override
                    public boolean hasNext() {
                      return true;
                    }

                    @Override
                    public Integer next() {
                      if (++next == 3) {
                        throw new IllegalStateException("third");
                      }
                      return next;
                    }
                  };
          IllegalStateException e =
              thrown(
                  IllegalStateException.class,
                  () ->
                      Task.mapAll(
                          items,
                          5,
                          i -> {
                            taken.add(i);
                            sleepFor(10);
                            return i;
                          }));
          assertEquals("third", e.getMessage());
          assertEquals(List.of(1, 2), taken);
        });
  }

  @Test
  void mapAll_stopsAtTheFirstFailure() throws Exception {
    run(
        () -> {
          IOException e =
              thrown(
                  IOException.class,
                  () ->
                      Task.mapAll(
                          List.of(9, 1, 9),
                          3,
                          i -> {
                            if (i == 1) {
                              return failsAfter(1);
                            }
                            sleeps(i);
                            return i;
                          }));
          assertEquals("after 1", e.getMessage());
          assertElapsed(SECOND);
          assertEquals(2, log.size(), log.toString());
        });
  }

  @Test
  void mapAll_startsNoMoreChildrenThanItems_whateverItsLimit() throws Exception {
    run(
        () -> {
          Iterable<Integer> items = List.of(1, 2, 3)::iterator;
          int[] most = {0};
          assertEquals(
              List.of(1, 2, 3),
              Task.mapAll(
                  items,
                  Integer.MAX_VALUE,
                  i -> {
                    sleepFor(i);
                    most[0] = Math.max(most[0], Task.all().size());
                    return i;
                  }));
          assertElapsed(Duration.ofSeconds(3));
          assertEquals(4, most[0]);
        });
  }

  @Test
  void whatIsThere_winsOverTheCancellation_asAwaitSays() throws Exception {
    run(
        () -> {
          CompletableFuture<Integer> there = CompletableFuture.completedFuture(1);
          CompletableFuture<Integer> never = new CompletableFuture<>();
          Task<Void> cancelled =
              Task.start(
                  () -> {
                    failureOf(() -> Task.await(never));
                    assertEquals(List.of(1, 1), Task.awaitAll(List.of(there, there)));
                    assertEquals(List.of(), Task.awaitAll(List.<Task<String>>of()));
                    assertEquals(1, Task.awaitAny(List.of(never, there)));
                    assertEquals(List.of(), Task.mapAll(List.<Integer>of(), 3, i -> i));
                    thrown(TaskCancelled.class, () -> Task.awaitAll(List.of(there, never)));
                  });
          Task.yield();
          cancelled.cancel(false);
          cancelled.await();
        });
  }

  @Test
  void whatIsThere_needsNoWait_underAPlainMethod() throws Exception {
    run(
        () -> {
          CompletableFuture<Integer> there = CompletableFuture.completedFuture(1);
          List<Integer> sorted = new ArrayList<>(List.of(2, 1));
          sorted.sort(
              (a, b) -> {
                log.add(Task.awaitAll(List.of(there, there)) + "" + Task.awaitAny(List.of(there)));
                return a - b;
              });
          assertLog("[1, 1]1");
        });
  }

  @Test
  void asCompleted_givesTheValuesAsTheyCome() throws Exception {
    run(
        () -> {
          List<Integer> got = new ArrayList<>();
          AsyncGenerator.asCompleted(
                  List.of(
                      Task.start(() -> after(3, 3)),
                      Task.start(() -> after(1, 1)),
                      Task.start(() -> after(2, 2))))
              .forEach(got::add);
          assertEquals(List.of(1, 2, 3), got);
          assertElapsed(Duration.ofSeconds(3));
        });
  }

  // ---- timeouts, retries

  @Test
  void timeoutOr_givesTheOther_whereTheTimeIsUp_andOnlyThere() throws Exception {
    run(
        () -> {
          assertEquals(7, Task.timeoutOr(SECOND, 7, () -> after(9, 1)));
          assertElapsed(SECOND);
          assertEquals(1, Task.timeoutOr(SECOND, 7, () -> 1));
          assertNull(Task.<Integer>timeoutOr(SECOND, null, () -> after(9, 1)));
          thrown(
              TimeoutException.class,
              () -> Task.timeoutOr(HOUR, 7, () -> Task.timeout(SECOND, () -> after(9, 1))));
          assertEquals(
              7,
              Task.timeoutOr(
                  SECOND, 7, () -> Task.timeoutOr(Duration.ofSeconds(5), 8, () -> after(9, 1))));
        });
  }

  @Test
  void retry_triesAgain_withPausesThatGrow() throws Exception {
    run(
        () -> {
          int[] tries = {0};
          Retry retry = Retry.upTo(5).backOff(SECOND, Duration.ofSeconds(3)).on(IOException.class);
          String result =
              retry.call(
                  () -> {
                    Task.yield();
                    if (++tries[0] < 5) {
                      throw new FileNotFoundException("try " + tries[0]);
                    }
                    return "done";
                  });
          assertEquals("done", result);
          assertTrue(clock.nanoTime() <= Duration.ofSeconds(1 + 2 + 3 + 3).toNanos());
        });
  }

  @Test
  void retry_givesUp_withTheLastFailure() throws Exception {
    run(
        () -> {
          int[] tries = {0};
          IOException e =
              thrown(
                  IOException.class,
                  () ->
                      Retry.upTo(3)
                          .call(
                              () -> {
                                throw new IOException("try " + ++tries[0]);
                              }));
          assertEquals("try 3", e.getMessage());
          assertEquals("try 2", e.getSuppressed()[0].getMessage());
          thrown(
              IllegalStateException.class,
              () ->
                  Retry.upTo(3)
                      .on(IOException.class)
                      .call(
                          () -> {
                            tries[0]++;
                            throw new IllegalStateException();
                          }));
          assertEquals(4, tries[0]);
        });
  }

  /** A failure that costs little. */
  private static final class Cheap extends Exception {
    private static final long serialVersionUID = 1;

    Cheap(int attempt) {
      super("try " + attempt, null, true, false);
    }
  }

  @Test
  void retry_keepsTheLatestFailures_howeverOftenItTries() throws Exception {
    run(
        () -> {
          int[] tries = {0};
          Cheap e =
              thrown(
                  Cheap.class,
                  () ->
                      Retry.upTo(100_000)
                          .call(
                              () -> {
                                throw new Cheap(++tries[0]);
                              }));
          assertEquals("try 100000", e.getMessage());
          Throwable[] before = e.getSuppressed();
          assertEquals(16, before.length);
          assertEquals("try 99999", before[0].getMessage());
          assertEquals("try 99984", before[15].getMessage());
          assertEquals(0, before[0].getSuppressed().length);
        });
  }

  @Test
  void retry_withoutPauses_letsOthersRun_andIsCancelled() throws Exception {
    run(
        () -> {
          Task<String> tries =
              Task.start(
                  () ->
                      Retry.upTo(100_000)
                          .call(
                              () -> {
                                throw new Cheap(0);
                              }));
          Task.yield();
          assertFalse(tries.isDone());
          tries.cancel(false);
          assertTrue(failureOf(() -> tries.await()) instanceof CancellationException);
        });
  }

  @Test
  void retry_refusesNegativePauses() {
    assertThrows(
        IllegalArgumentException.class,
        () -> Retry.upTo(2).backOff(Duration.ofSeconds(-1), SECOND));
  }

  @Test
  void retry_isCancelledInItsPause() throws Exception {
    run(
        () ->
            thrown(
                TimeoutException.class,
                () ->
                    Task.timeout(
                        Duration.ofNanos(1),
                        () ->
                            Retry.upTo(1000)
                                .backOff(HOUR, HOUR)
                                .call(
                                    () -> {
                                      throw new IOException();
                                    }))));
  }

  // ---- cancelling what is waited for

  @Test
  void onCancel_isCalledOnce_whenTheTaskIsCancelled() throws Exception {
    run(
        () -> {
          thrown(
              TimeoutException.class,
              () ->
                  Task.timeout(
                      SECOND, () -> Task.suspend(r -> r.onCancel(() -> log.add("taken back")))));
          assertLog("taken back");
          Task.<String>suspend(
              r -> {
                r.onCancel(() -> log.add("never"));
                r.resume("x");
              });
          Task<?> late = Task.start(() -> Task.suspend(r -> Task.current().cancel(false)));
          assertTrue(failureOf(() -> late.await()) instanceof CancellationException);
          assertLog("taken back");
        });
  }

  @Test
  void awaitOrCancel_cancelsTheFutureToo() throws Exception {
    run(
        () -> {
          CompletableFuture<String> f = new CompletableFuture<>();
          thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> Task.awaitOrCancel(f)));
          assertTrue(f.isCancelled());
          CompletableFuture<String> g = new CompletableFuture<>();
          thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> Task.await(g)));
          assertFalse(g.isDone());
          assertEquals("x", Task.awaitOrCancel(CompletableFuture.completedFuture("x")));
          Task<Integer> slow = Task.start(() -> after(1, 5));
          assertEquals(5, Task.awaitOrCancel(slow));
          Task<Void> cancelled = Task.start(() -> sleeps(9));
          Task<?> waiter = Task.start(() -> Task.awaitOrCancel(cancelled));
          Task.yield();
          waiter.cancel(false);
          assertTrue(failureOf(() -> waiter.await()) instanceof CancellationException);
          assertTrue(failureOf(() -> cancelled.await()) instanceof CancellationException);
        });
  }

  @Test
  void awaitOrCancel_ofAFutureThatFailsToCancel_isCancelledAllTheSame() throws Exception {
    run(
        () -> {
          CompletableFuture<String> stubborn =
              new CompletableFuture<>() {
                @Override
                public boolean cancel(boolean mayInterrupt) {
                  throw new AssertionError("can't be cancelled");
                }
              };
          TimeoutException e =
              thrown(
                  TimeoutException.class,
                  () -> Task.timeout(SECOND, () -> Task.awaitOrCancel(stubborn)));
          assertEquals("can't be cancelled", e.getCause().getSuppressed()[0].getMessage());
        });
  }

  // ---- locals

  @Test
  void where_isForTheBody_andRestoredHoweverItEnds() throws Exception {
    TaskLocal<String> user = new TaskLocal<>();
    run(
        () -> {
          assertEquals(
              "ann, then bob, then ann",
              user.where(
                  "ann",
                  () -> {
                    String first = user.get();
                    sleepFor(1);
                    String inner =
                        user.where(
                            "bob",
                            () -> {
                              sleepFor(1);
                              return user.get();
                            });
                    return first + ", then " + inner + ", then " + user.get();
                  }));
          assertNull(user.get());
          failureOf(
              () ->
                  user.where(
                      "eve",
                      () -> {
                        sleepFor(1);
                        throw new TaskCancelledLike();
                      }));
          assertNull(user.get());
        });
  }

  private static final class TaskCancelledLike extends Error {
    private static final long serialVersionUID = 1;
  }

  @Test
  void aCancelledTask_isNotTriedAgain() throws Exception {
    run(
        () -> {
          Task<?> t =
              Task.start(
                  () ->
                      Retry.upTo(9)
                          .call(
                              () -> {
                                log.add("try");
                                sleepFor(9);
                                return 1;
                              }));
          Task.yield();
          t.cancel(false);
          assertTrue(failureOf(() -> t.await()) instanceof CancellationException);
          assertLog("try");
          assertTrue(TaskCancelled.class.getSuperclass() == Error.class);
        });
  }
}
