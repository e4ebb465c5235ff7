package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** A call that blocks runs on a worker thread: the loop goes on, and the task never leaves its call running behind it. */
class BlockingTest extends InVirtualTime {
  private final CountDownLatch begun = new CountDownLatch(1);
  private final CountDownLatch gate = new CountDownLatch(1);

  private String blocks() throws InterruptedException {
    begun.countDown();
    gate.await();
    return "opened";
  }

  private String blocksStubbornly() {
    begun.countDown();
    boolean interrupted = false;
    while (true) {
      try {
        gate.await();
        // It may be interrupted just as the gate opens: then it has not been thrown.
        return interrupted || Thread.interrupted() ? "opened, interrupted" : "opened";
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
  }

  @Test
  void theCall_runsOnAWorker_andTheLoopGoesOn() throws Exception {
    run(
        () -> {
          Thread loop = Thread.currentThread();
          Task<String> t = Task.start(() -> Task.blocking(() -> blocks()));
          Task.yield();
          log.add("the loop goes on");
          gate.countDown();
          assertEquals("opened", Task.await(t));
          assertNotSame(loop, Task.blocking(() -> Thread.currentThread()));
          assertTrue(Task.blocking(() -> Thread.currentThread().isDaemon()));
          assertSame(loop, Thread.currentThread());
        });
    assertLog("the loop goes on");
  }

  @Test
  void virtualTime_standsStillMeanwhile() throws Exception {
    run(
        () -> {
          Task<Void> sleeper = Task.start(() -> Task.sleep(HOUR));
          Task.blocking(
              () -> {
                Thread.sleep(5);
                return null;
              });
          assertElapsed(Duration.ZERO);
          sleeper.cancel(false);
        });
  }

  @Test
  void whatTheCallThrows_theWaitThrows() throws Exception {
    run(
        () -> {
          IOException failure = new IOException();
          assertSame(
              failure,
              thrown(
                  IOException.class,
                  () ->
                      Task.blocking(
                          () -> {
                            throw failure;
                          })));
          assertNull(Task.blocking(() -> null));
        });
  }

  @Test
  void cancelled_theWorkerIsInterrupted_andTheTaskEndsWhenTheCallHas() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> Task.blocking(() -> blocks()));
          Task.yield();
          Task.blocking(() -> await(begun));
          t.cancel(false);
          assertFalse(t.isDone());
          while (!t.isDone()) {
            Task.yield();
          }
          assertTrue(t.isCancelled());
        });
  }

  private static boolean await(CountDownLatch latch) throws InterruptedException {
    latch.await();
    return true;
  }

  @Test
  void cancelled_aValueThatTheCallReturnsAllTheSame_wins() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> Task.blocking(() -> blocksStubbornly()));
          Task.yield();
          Task.blocking(() -> await(begun));
          t.cancel(false);
          Task.yield();
          assertFalse(t.isDone(), "the call runs");
          gate.countDown();
          assertEquals("opened, interrupted", Task.await(t));
        });
  }

  @Test
  void cancelledBefore_theCallIsNotMade() throws Exception {
    run(
        () -> {
          AtomicBoolean made = new AtomicBoolean();
          Task.current().cancel(false);
          thrown(
              TaskCancelled.class,
              () ->
                  Task.blocking(
                      () -> {
                        made.set(true);
                        return null;
                      }));
          assertFalse(made.get());
        });
  }

  @Test
  void theInterrupt_isTheCallsAlone() throws Exception {
    run(
        () -> {
          for (int i = 0; i < 50; i++) {
            Task<Void> t =
                Task.start(
                    () -> {
                      Task.blocking(
                          () -> {
                            Thread.sleep(10_000);
                            return null;
                          });
                    });
            Task.yield();
            t.cancel(false);
            while (!t.isDone()) {
              Task.yield();
            }
            assertFalse(Task.blocking(() -> Thread.interrupted()));
          }
        });
  }

  @Test
  void timedOut_throwsTimeoutException_whenTheCallHasEnded() throws Exception {
    EventLoop.run(
        () -> {
          thrown(
              TimeoutException.class,
              () -> Task.timeout(Duration.ofMillis(1), () -> Task.blocking(() -> blocks())));
        });
  }

  @Test
  void aCallMayUseCoroutinesOfItsOwn() throws Exception {
    run(
        () ->
            assertEquals(
                "inner",
                Task.blocking(
                    () ->
                        EventLoop.run(
                            () -> {
                              Task.sleep(Duration.ofMillis(1));
                              return "inner";
                            }))));
  }

  @Test
  void inACall_thereIsNoTask() throws Exception {
    run(
        () ->
            thrown(IllegalStateException.class, () -> Task.blocking(() -> Task.current().join())));
  }

  @Test
  void whileALoopShutsDown_itsTasksMayBlock() throws Exception {
    EventLoop loop = EventLoop.open("blocking");
    CompletableFuture<String> first = new CompletableFuture<>();
    Task<String> t =
        loop.start(
            () -> {
              String s = Task.await(first);
              return s + Task.blocking(() -> " blocked");
            });
    loop.shutdown();
    first.complete("has");
    assertEquals("has blocked", t.get());
    loop.close();
  }

  @Test
  void shutdownNow_interruptsTheCall_andWaitsForIt() throws Exception {
    EventLoop loop = EventLoop.open("blocking");
    Task<String> t = loop.start(() -> Task.blocking(() -> blocks()));
    begun.await();
    loop.shutdownNow();
    loop.close();
    assertTrue(t.isCancelled());
  }

  @Test
  void whereNoThreadCanBeStarted_theWaitThrows_andNoWorkerIsCounted() throws Exception {
    run(
        () -> {
          List<Task<String>> calls = new ArrayList<>();
          try (NoThreads none = new NoThreads()) {
            while (calls.stream().noneMatch(Task::isDone)) { // threads that idle are taken first
              calls.add(Task.start(() -> blocksOrSaysWhyNot()));
              Task.yield();
            }
          } finally {
            gate.countDown();
          }
          Set<String> outcomes = new HashSet<>();
          for (Task<String> t : calls) {
            outcomes.add(Task.await(t));
          }
          outcomes.remove("opened");
          assertEquals(Set.of("no threads"), outcomes);
          // The last worker may still be on its way out. Virtual time stands while one is busy.
          Task.sleep(SECOND);
          assertEquals(0, EventLoop.current().figures().workers());
        });
  }

  @Coroutine
  private String blocksOrSaysWhyNot() throws Exception {
    try {
      return Task.blocking(() -> blocks());
    } catch (OutOfMemoryError e) {
      return e.getMessage();
    }
  }

  @Test
  void inPlainCode_itIsJustACall_onAnotherThread() throws Exception {
    assertNotSame(Thread.currentThread(), Task.blocking(() -> Thread.currentThread()));
    IOException failure = new IOException();
    assertSame(
        failure,
        assertThrows(
            IOException.class,
            () ->
                Task.blocking(
                    () -> {
                      throw failure;
                    })));
  }
}
