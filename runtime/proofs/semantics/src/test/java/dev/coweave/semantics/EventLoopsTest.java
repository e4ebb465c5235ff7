package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** How loops run: for one body, on a thread of their own, or until nothing is left. */
class EventLoopsTest extends InVirtualTime {
  @Coroutine
  private void cleansUpAfter(int seconds) {
    try {
      Task.sleep(HOUR);
    } finally {
      Task.shield(() -> sleepFor(seconds));
      log.add("cleaned up");
    }
  }

  // ---- run

  @Test
  void run_givesTheBodysValue_orThrowsItsFailureAsItIs() throws Exception {
    assertEquals("value", EventLoop.run(clock, () -> "value"));
    IOException failure = new IOException();
    assertSame(
        failure,
        assertThrows(
            IOException.class,
            () ->
                EventLoop.run(
                    clock,
                    () -> {
                      Task.sleep(SECOND);
                      throw failure;
                    })));
  }

  @Test
  void run_ofABodyThatIsCancelled_throwsCancellationException() {
    assertThrows(
        CancellationException.class,
        () ->
            run(
                () -> {
                  Task.current().cancel(false);
                  Task.sleep(HOUR);
                }));
  }

  @Test
  void run_cancelsAndEnds_whatItsBodyLeftBehind() throws Exception {
    run(
        () -> {
          Task.start(() -> cleansUpAfter(2));
          Task.yield();
          log.add("body");
        });
    assertLog("body", "cleaned up");
    assertElapsed(Duration.ofSeconds(2));
  }

  @Test
  void run_endsToo_whatTheLeftBehindStartMeanwhile() throws Exception {
    run(
        () -> {
          Task.start(
              () -> {
                try {
                  Task.sleep(HOUR);
                } finally {
                  Task.start(() -> cleansUpAfter(1));
                }
              });
          Task.yield();
        });
    assertLog("cleaned up");
  }

  @Test
  void run_thatFails_endsThemToo() {
    assertThrows(
        IOException.class,
        () ->
            run(
                () -> {
                  Task.start(() -> cleansUpAfter(1));
                  Task.yield();
                  throw new IOException();
                }));
    assertLog("cleaned up");
  }

  /** Time doesn't pass as long as a thread works for the loop; what is due is due all the same. */
  @Test
  void aJobThatIsDue_runsWhileABlockingCallIsOut() throws Exception {
    CountDownLatch ran = new CountDownLatch(1);
    run(
        () -> {
          EventLoop.current().schedule(ran::countDown, 0, TimeUnit.SECONDS);
          Task.blocking(() -> ran.await(10, TimeUnit.SECONDS) && log.add("waited"));
        });
    assertLog("waited");
    assertElapsed(Duration.ZERO);
  }

  @Test
  void run_inATask_isAnError_thatSaysWhatToDo() throws Exception {
    run(
        () -> {
          IllegalStateException e =
              thrown(IllegalStateException.class, () -> EventLoop.run(() -> "never"));
          assertEquals(
              """
              EventLoop.run on a thread that runs tasks already
                because: it would block them
                fix: call the body itself, or Task.start(() -> …), or do it on another thread: Task.blocking(() -> …)\
              """,
              e.getMessage());
        });
  }

  @Test
  void run_afterRun_isAnotherLoop() throws Exception {
    EventLoop first = EventLoop.run(() -> EventLoop.current());
    EventLoop second = EventLoop.run(() -> EventLoop.current());
    assertTrue(first != second);
    assertTrue(first.isTerminated());
    assertThrows(RejectedExecutionException.class, () -> first.start(() -> "never"));
  }

  @Test
  void current_isTheLoopOfThisThread_orAnError() throws Exception {
    run(() -> assertSame(EventLoop.current(), loopOfATask()));
    assertEquals(
        "EventLoop.current: this thread runs no event loop",
        assertThrows(IllegalStateException.class, () -> EventLoop.current()).getMessage());
  }

  @Coroutine
  private static EventLoop loopOfATask() {
    return Task.await(Task.start(() -> EventLoop.current()));
  }

  // ---- open

  @Test
  void open_runsOnAThreadOfItsOwn_ofThatName() throws Exception {
    try (EventLoop loop = EventLoop.open("its name")) {
      assertEquals("its name", loop.start(() -> Thread.currentThread().getName()).get());
    }
  }

  @Test
  void close_waitsForTheTasks_andIsIdempotent() throws Exception {
    EventLoop loop = EventLoop.open("loop");
    Task<String> t =
        loop.start(
            () -> {
              Task.sleep(Duration.ofMillis(5));
              return Task.await(Task.start(() -> "child"));
            });
    loop.close();
    assertTrue(t.isDone());
    assertEquals("child", t.join());
    loop.close();
    assertTrue(loop.isTerminated());
    assertThrows(RejectedExecutionException.class, () -> loop.start(() -> "never"));
  }

  @Test
  void close_onTheLoopsOwnThread_isAnError() throws Exception {
    try (EventLoop loop = EventLoop.open("loop")) {
      String message =
          loop.start(() -> thrown(IllegalStateException.class, () -> loop.close()).getMessage())
              .get();
      assertEquals(
          """
          EventLoop.close on the loop's own thread
            because: it would wait for itself
            fix: call it on another thread, or shutdown()\
          """,
          message);
    }
  }

  @Test
  void close_byAnInterruptedThread_cancelsWhatIsLeft_andStillWaits() {
    EventLoop loop = EventLoop.open("loop");
    Task<Void> t = loop.start(() -> cleansUpAfter(0));
    Thread.currentThread().interrupt();
    loop.close();
    assertTrue(Thread.interrupted());
    assertTrue(t.isCancelled());
    assertLog("cleaned up");
  }

  @Test
  void shutdown_fromInside_letsTheTasksGoOn() throws Exception {
    EventLoop loop = EventLoop.open("loop");
    Task<String> t =
        loop.start(
            () -> {
              EventLoop.current().shutdown();
              Task.yield();
              return Task.await(Task.start(() -> "forked while it drains"));
            });
    assertEquals("forked while it drains", t.get());
    assertTrue(loop.awaitTermination(300, TimeUnit.SECONDS));
  }

  @Test
  void shutdownNow_cancelsTheTasks_whoseFinallyBlocksRun() throws Exception {
    EventLoop loop = EventLoop.open("loop");
    CompletableFuture<String> began = new CompletableFuture<>();
    Task<Void> t =
        loop.start(
            () -> {
              began.complete("");
              cleansUpAfter(0);
            });
    began.join();
    loop.shutdownNow();
    assertTrue(loop.awaitTermination(300, TimeUnit.SECONDS));
    assertTrue(t.isCancelled());
    assertLog("cleaned up");
  }

  @Test
  void aLoopsTask_mayAwaitAnotherLoops() throws Exception {
    try (EventLoop a = EventLoop.open("a");
        EventLoop b = EventLoop.open("b")) {
      Task<String> onA =
          a.start(
              () -> {
                String there = Task.await(b.start(() -> Thread.currentThread().getName()));
                return there + Thread.currentThread().getName();
              });
      assertEquals("ba", onA.get());
    }
  }

  // ---- runAll

  @Test
  void runAll_runsWhatWasStarted_untilNothingIsLeft() {
    EventLoop loop = EventLoop.create(clock);
    Task<?> t =
        loop.start(
            () -> {
              sleepFor(1);
              Task.start(
                  () -> {
                    sleepFor(1);
                    log.add("grandchild");
                  });
            });
    loop.execute(() -> log.add("job"));
    loop.schedule(() -> log.add("timer"), 3, TimeUnit.SECONDS);
    assertFalse(t.isDone());
    loop.runAll();
    assertLog("job", "grandchild", "timer");
    assertElapsed(Duration.ofSeconds(3));
    loop.start(() -> log.add("again"));
    loop.runAll();
    assertEquals("again", log.get(3));
    loop.close();
    assertTrue(loop.isTerminated());
  }

  @Test
  void runAll_ofAnOpenLoop_waitsUntilItIsEmpty() {
    try (EventLoop loop = EventLoop.open("loop", new VirtualClock())) {
      loop.start(
          () -> {
            Task.sleep(HOUR);
            log.add("slept");
          });
      loop.runAll();
      assertLog("slept");
    }
  }

  @Test
  void close_ofALoopThatNobodyRan_runsItsRest() {
    EventLoop loop = EventLoop.create(clock);
    loop.start(() -> log.add("ran"));
    loop.close();
    assertLog("ran");
    EventLoop unused = EventLoop.create(clock);
    unused.close();
    assertTrue(unused.isTerminated());
  }

  @Test
  void runAll_inATask_isAnError() throws Exception {
    run(
        () -> {
          EventLoop other = EventLoop.create(clock);
          thrown(IllegalStateException.class, () -> other.runAll());
        });
  }

  // ---- after the end

  private static Set<Thread> threadsOfOurs() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(t -> t.getName().startsWith("coweave") || t.getName().equals("ended"))
        .collect(Collectors.toSet());
  }

  @Test
  void afterTheEnd_noThreadStarts() throws Exception {
    EventLoop loop = EventLoop.open("ended");
    AtomicReference<Resumption<String>> late = new AtomicReference<>();
    Task<String> last =
        loop.start(
            () -> {
              EventLoop.current().shutdown();
              TimeoutException e =
                  thrown(
                      TimeoutException.class,
                      () ->
                          Task.timeout(
                              Duration.ofMillis(1),
                              () -> Task.suspend((Resumption<String> r) -> late.set(r))));
              return Task.blocking(() -> "by a worker, after " + e.getClass().getSimpleName());
            });
    assertEquals("by a worker, after TimeoutException", last.get());
    assertTrue(loop.awaitTermination(300, TimeUnit.SECONDS));
    Set<Thread> before = threadsOfOurs();
    List<Executable> submissions =
        List.of(
            () -> loop.execute(() -> log.add("job")),
            () -> loop.submit(() -> log.add("job")),
            () -> loop.schedule(() -> log.add("job"), 0, TimeUnit.SECONDS),
            () -> loop.start(() -> log.add("task")),
            () -> Task.start(loop, () -> log.add("task of an executor")));
    for (Executable submission : submissions) {
      assertThrows(RejectedExecutionException.class, submission);
    }
    assertFalse(late.get().resume("too late"));
    Set<Thread> after = threadsOfOurs();
    after.removeAll(before);
    assertEquals(Set.of(), after);
    assertLog();
  }
}
