package dev.coweave.tests;

import static dev.coweave.script.Script.doFirst;
import static dev.coweave.script.Script.first;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.script.Script;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class TaskTest {
  @Test
  void await_ofACompleteFuture_givesItsValue() throws Exception {
    assertEquals(
        "x", EventLoop.run(first((v, c) -> Task.await(CompletableFuture.completedFuture("x"), c))));
  }

  @Test
  void await_ofAFutureThatAnotherThreadCompletes_givesItsValue() throws Exception {
    assertEquals(
        "x",
        EventLoop.run(first((v, c) -> Task.await(CompletableFuture.supplyAsync(() -> "x"), c))));
  }

  @Test
  void await_throwsTheVeryFailure() {
    IOException failure = new IOException();
    CompletableFuture<String> f = CompletableFuture.failedFuture(failure);
    assertSame(
        failure,
        assertThrows(IOException.class, () -> EventLoop.run(first((v, c) -> Task.await(f, c)))));
    assertSame(
        failure,
        assertThrows(
            IOException.class,
            () -> EventLoop.run(first((v, c) -> Task.await(f.thenApply(x -> x), c)))));
  }

  @Test
  void sleep_goesByVirtualTime() throws Exception {
    VirtualClock clock = new VirtualClock();
    EventLoop.run(
        clock,
        first(
            (v, c) -> {
              Task.sleep(Duration.ofDays(1), c);
              return null;
            }));
    assertEquals(Duration.ofDays(1), clock.elapsed());
  }

  @Test
  void yield_letsTheOthersRunInOrder() throws Exception {
    List<String> order = new ArrayList<>();
    EventLoop.run(
        Script.<Object>doFirst(
                (v, c) -> {
                  for (String name : List.of("a", "b")) {
                    Task.start(
                        doFirst(
                                (w, d) -> {
                                  order.add(name);
                                  Task.yield(d);
                                })
                            .times(2));
                  }
                  Task.yield(c);
                })
            .thenDo((v, c) -> Task.yield(c)));
    assertEquals(List.of("a", "b", "a", "b"), order);
  }

  @Test
  void cancel_ofASleepingTask_throwsAtItsWait() throws Exception {
    AtomicReference<Throwable> seen = new AtomicReference<>();
    EventLoop.run(
        new VirtualClock(),
        Script.<Object>first(
                (v, c) -> {
                  Task<Object> t =
                      Task.start(
                          Script.<Object>doFirst((w, d) -> Task.sleep(Duration.ofHours(1), d))
                              .caught(
                                  (x, d) -> {
                                    seen.set(x);
                                    throw x;
                                  }));
                  Task.yield(c);
                  return t;
                })
            .then((v, c) -> null));
    assertTrue(seen.get() instanceof TaskCancelled);
  }

  @Test
  void awaitingACancelledTask_throwsCancellationException() {
    assertThrows(
        CancellationException.class,
        () ->
            EventLoop.run(
                first(
                    (v, c) -> {
                      Task<Object> t =
                          Task.start(
                              Script.<Object>doFirst((w, d) -> Task.sleep(Duration.ofHours(1), d)));
                      t.cancel(true);
                      assertFalse(t.isDone());
                      return t.await(c);
                    })));
  }

  @Test
  void suspend_isResumedByAnotherThread() throws Exception {
    assertEquals(
        "x",
        EventLoop.run(
            first(
                (v, c) -> Task.<String>suspend(r -> new Thread(() -> r.resume("x")).start(), c))));
  }

  @Test
  void start_onAnExecutor_resumesThere() throws Exception {
    var pool = Executors.newSingleThreadExecutor(r -> new Thread(r, "pool"));
    Task<Object> t =
        Task.start(
            pool,
            first((v, c) -> Task.await(CompletableFuture.supplyAsync(() -> "x"), c))
                .then((v, c) -> v + Thread.currentThread().getName()));
    assertEquals("xpool", t.get());
    pool.shutdown();
  }

  @Test
  void start_withNoLoopAtHand_saysWhatToUse() {
    var e = assertThrows(IllegalStateException.class, () -> Task.start(first((v, c) -> null)));
    assertTrue(e.getMessage().contains("EventLoop.run"), e.getMessage());
  }

  @Test
  void plainCall_waitsOnTheCallingThread() {
    assertEquals(
        "x", first((v, c) -> Task.await(CompletableFuture.supplyAsync(() -> "x"), c)).call());
  }

  @Test
  void plainCall_endsTheTasksThatItStarted() {
    AtomicReference<Task<?>> left = new AtomicReference<>();
    doFirst((v, c) -> left.set(Task.start(doFirst((w, d) -> Task.sleep(Duration.ofHours(1), d)))))
        .call();
    assertTrue(left.get().isDone());
    assertTrue(left.get().isCancelled());
  }

  @Test
  void plainCallInACoroutine_worksUntilItWouldWait() throws Exception {
    assertEquals(
        "x",
        EventLoop.run(
            first(
                (v, c) ->
                    first((w, d) -> Task.await(CompletableFuture.completedFuture("x"), d))
                        .call())));
    var e =
        assertThrows(
            IllegalStateException.class,
            () ->
                EventLoop.run(
                    first(
                        (v, c) ->
                            first((w, d) -> Task.await(new CompletableFuture<>(), d)).call())));
    assertTrue(e.getMessage().startsWith("Task.await would block the coroutine"), e.getMessage());
  }

  @Test
  void async_outsideAnyLoop_resumesOnTheThreadThatCompletes() throws Exception {
    CompletableFuture<String> f = new CompletableFuture<>();
    CompletableFuture<?> r =
        first((v, c) -> Task.await(f, c))
            .then((v, c) -> CompletableFuture.completedFuture(v + Thread.currentThread().getName()))
            .async();
    assertFalse(r.isDone());
    Thread t = new Thread(() -> f.complete("x"), "completer");
    t.start();
    assertEquals("xcompleter", r.get());
  }

  @Test
  void async_failsItsFutureNotItsCaller() {
    CompletableFuture<?> r =
        first(
                (v, c) -> {
                  throw new IOException();
                })
            .async();
    assertTrue(r.isCompletedExceptionally());
  }

  @Test
  void open_runsTasksUntilClosed() throws Exception {
    Task<Object> t;
    try (EventLoop loop = EventLoop.open("loop")) {
      t =
          loop.start(
              Script.<Object>doFirst((v, c) -> Task.sleep(Duration.ofMillis(1), c))
                  .then((v, c) -> Thread.currentThread().getName()));
    }
    assertEquals("loop", t.get());
  }
}
