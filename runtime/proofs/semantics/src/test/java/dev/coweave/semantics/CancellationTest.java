package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Cancellation is level-triggered, ends waits only, and a value that is there wins over it. */
class CancellationTest extends InVirtualTime {
  @Test
  void asleep_wakesAtOnce_andItsTimerIsGone() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(() -> Task.sleep(HOUR));
          Task.yield();
          assertTrue(t.cancel(false));
          assertFalse(t.isDone(), "a request: the body has not ended yet");
          Task.yield();
          assertTrue(t.isCancelled());
        });
    assertElapsed(Duration.ZERO);
  }

  @Test
  void eachLaterWait_throwsAgain_howeverOftenItIsSwallowed() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () -> {
                    thrown(TaskCancelled.class, () -> Task.sleep(HOUR));
                    thrown(TaskCancelled.class, () -> Task.yield());
                    thrown(TaskCancelled.class, () -> Task.await(new CompletableFuture<>()));
                    log.add("swallowed 3");
                    Task.sleep(HOUR);
                    log.add("never");
                  });
          Task.yield();
          t.cancel(false);
          Task.yield();
          assertTrue(t.isCancelled());
        });
    assertLog("swallowed 3");
    assertElapsed(Duration.ZERO);
  }

  @Test
  void catchException_doesNotSwallowIt() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(() -> sleepsAndCatchesExceptions());
          Task.yield();
          t.cancel(false);
          Task.yield();
          assertTrue(t.isCancelled());
        });
    assertLog("finally");
  }

  @Coroutine
  private void sleepsAndCatchesExceptions() {
    try {
      Task.sleep(HOUR);
    } catch (Exception e) {
      log.add("caught " + e);
    } finally {
      log.add("finally");
    }
  }

  @Test
  void unstarted_runsToItsFirstWait() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () -> {
                    log.add("began");
                    Task.sleep(HOUR);
                    log.add("never");
                  });
          t.cancel(false);
          Task.yield();
          assertTrue(t.isCancelled());
        });
    assertLog("began");
  }

  @Test
  void unstarted_thatNeverWaits_hasItsValue() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> "value");
          assertTrue(t.cancel(false));
          assertEquals("value", Task.await(t));
          assertFalse(t.isCancelled());
        });
  }

  @Test
  void aValueThatIsThere_wins() throws Exception {
    run(
        () -> {
          CompletableFuture<String> there = CompletableFuture.completedFuture("there");
          Task<String> t = Task.start(() -> Task.await(there) + " and " + Task.await(there));
          t.cancel(false);
          assertEquals("there and there", Task.await(t));
        });
  }

  @Test
  void aValueThatCameFirst_wins_andTheNextWaitThrows() throws Exception {
    run(
        () -> {
          CompletableFuture<String> future = new CompletableFuture<>();
          Task<Void> t =
              Task.start(
                  () -> {
                    log.add(Task.await(future));
                    Task.sleep(HOUR);
                  });
          Task.yield();
          future.complete("value");
          t.cancel(false);
          Task.yield();
          assertTrue(t.isCancelled());
        });
    assertLog("value");
  }

  @Test
  void aValueThatComesSecond_loses_andIsNotLost() throws Exception {
    run(
        () -> {
          CompletableFuture<String> future = new CompletableFuture<>();
          Task<String> t = Task.start(() -> Task.await(future));
          Task.yield();
          t.cancel(false);
          future.complete("value");
          Task.yield();
          assertTrue(t.isCancelled());
          assertEquals("value", Task.await(future));
        });
  }

  @Test
  void ofItself_takesEffectAtTheNextWait() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () -> {
                    Task.current().cancel(false);
                    log.add("goes on");
                    Task.sleep(HOUR);
                    log.add("never");
                  });
          Task.yield();
          assertTrue(t.isCancelled());
        });
    assertLog("goes on");
  }

  @Test
  void ofOneThatOnlyYields_takesEffectThere() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () -> {
                    while (true) {
                      Task.yield();
                    }
                  });
          Task.yield();
          t.cancel(false);
          assertEquals(CancellationException.class, thrown(t).getClass());
        });
  }

  @Coroutine
  private static Throwable thrown(Task<?> t) {
    return thrown(CancellationException.class, () -> Task.await(t));
  }

  @Test
  void inFinally_waitsThrowToo_andAllFinallyBlocksRun() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(() -> nestedFinallies());
          Task.yield();
          t.cancel(false);
          Task.yield();
          assertTrue(t.isCancelled());
        });
    assertLog("inner", "outer");
    assertElapsed(Duration.ZERO);
  }

  @Coroutine
  private void nestedFinallies() {
    try {
      try {
        Task.sleep(HOUR);
      } finally {
        log.add("inner");
        Task.sleep(HOUR);
        log.add("never");
      }
    } finally {
      log.add("outer");
    }
  }

  @Test
  void duringAFinallyOfAnotherFailure_keepsNeitherFromThrowing() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(() -> failsAndCleansUp());
          Task.yield();
          t.cancel(false);
          Task.yield();
          assertTrue(t.isCancelled(), "the wait in finally threw, as any exception there does");
        });
    assertLog("cleaning up");
  }

  @Coroutine
  private void failsAndCleansUp() {
    try {
      throw new IllegalArgumentException("first");
    } finally {
      log.add("cleaning up");
      Task.sleep(HOUR);
    }
  }

  @Test
  void ofATaskThatAwaitsAnother_leavesThatAlone() throws Exception {
    run(
        () -> {
          Task<String> inner =
              Task.start(
                  () -> {
                    Task.sleep(SECOND);
                    return "inner";
                  });
          Task<String> outer = Task.start(() -> Task.await(inner));
          Task.yield();
          outer.cancel(false);
          assertEquals("inner", Task.await(inner));
          assertTrue(outer.isCancelled());
        });
  }

  @Test
  void ofAnAwaitedTask_isACancellationExceptionForWhoAwaits_whoGoesOn() throws Exception {
    run(
        () -> {
          Task<Void> inner = Task.start(() -> Task.sleep(HOUR));
          Task<String> outer =
              Task.start(
                  () -> {
                    thrown(CancellationException.class, () -> Task.await(inner));
                    Task.sleep(SECOND);
                    return "went on";
                  });
          Task.yield();
          inner.cancel(false);
          assertEquals("went on", Task.await(outer));
        });
    assertElapsed(SECOND);
  }

  @Test
  void twice_isAsOnce_andOfAnEndedTask_isFalse() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(() -> Task.sleep(HOUR));
          Task.yield();
          assertTrue(t.cancel(false));
          assertTrue(t.cancel(true));
          Task.yield();
          assertTrue(t.isCancelled());
          assertFalse(t.cancel(false));
          Task<String> ended = Task.start(() -> "value");
          Task.yield();
          assertFalse(ended.cancel(false));
          assertEquals("value", Task.await(ended));
        });
  }

  @Test
  void aBodyThatReturnsAllTheSame_hasItsValue() throws Exception {
    run(
        () -> {
          Task<String> t =
              Task.start(
                  () -> {
                    thrown(TaskCancelled.class, () -> Task.sleep(HOUR));
                    return "saved";
                  });
          Task.yield();
          t.cancel(false);
          assertEquals("saved", Task.await(t));
          assertFalse(t.isCancelled());
        });
  }

  @Test
  void aBodyThatFailsInstead_hasFailed() throws Exception {
    run(
        () -> {
          IllegalStateException failure = new IllegalStateException("cleaning up failed");
          Task<Void> t =
              Task.start(
                  () -> {
                    thrown(TaskCancelled.class, () -> Task.sleep(HOUR));
                    throw failure;
                  });
          Task.yield();
          t.cancel(false);
          assertSame(failure, thrown(IllegalStateException.class, () -> Task.await(t)));
          assertFalse(t.isCancelled());
        });
  }

  @Test
  void anothersTaskCancelled_thrownOn_isAFailure() throws Exception {
    run(
        () -> {
          Task<TaskCancelled> cancelled =
              Task.start(() -> thrown(TaskCancelled.class, () -> Task.sleep(HOUR)));
          Task.yield();
          cancelled.cancel(false);
          TaskCancelled stolen = Task.await(cancelled);
          Task<Void> t =
              Task.start(
                  () -> {
                    throw stolen;
                  });
          Task.yield();
          assertFalse(t.isCancelled());
          assertSame(stolen, thrown(TaskCancelled.class, () -> Task.await(t)));
        });
  }

  @Test
  void fromAnotherThread_wakesTheTask() throws Exception {
    EventLoop.run(
        () -> {
          Task<Void> t = Task.start(() -> Task.sleep(HOUR));
          Task.yield();
          Task.blocking(() -> t.cancel(false));
          thrown(CancellationException.class, () -> Task.await(t));
        });
  }

  @Test
  void inADeepCall_unwindsAllCallers() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(() -> deep(1000));
          Task.yield();
          t.cancel(false);
          Task.yield();
          assertTrue(t.isCancelled());
        });
    assertEquals(1001, log.size());
  }

  @Coroutine
  private void deep(int n) {
    try {
      if (n == 0) {
        Task.sleep(HOUR);
      } else {
        deep(n - 1);
      }
    } finally {
      log.add("finally");
    }
  }
}
