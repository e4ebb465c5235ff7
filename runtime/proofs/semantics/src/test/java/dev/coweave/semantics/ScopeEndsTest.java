package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How a scope ends before its children would: closed, cancelled, or left by a cancelled owner. */
class ScopeEndsTest extends InVirtualTime {
  private final IllegalStateException first = new IllegalStateException("first");

  @Coroutine
  private void cleansUp() {
    try {
      Task.sleep(HOUR);
    } finally {
      Task.shield(() -> sleepFor(2));
      log.add("cleaned up");
    }
  }

  @Test
  void close_withoutAJoin_cancelsTheChildren_andWaitsForTheirEnd() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(() -> cleansUp());
            Task.yield();
          }
          assertLog("cleaned up");
        });
    assertElapsed(Duration.ofSeconds(2));
  }

  @Test
  void close_afterALateFork_cancelsThat() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(() -> sleeps(1));
            scope.join();
            scope.fork(() -> sleeps(100));
            Task.yield();
          }
        });
    assertLog("slept 1", "ended 1", "ended 100");
    assertElapsed(SECOND);
  }

  @Test
  void close_twice_isAsOnce() throws Exception {
    run(
        () -> {
          TaskScope scope = TaskScope.open();
          scope.fork(() -> failsAfter(1, first));
          sleepFor(2);
          assertSame(first, thrown(IllegalStateException.class, () -> scope.close()));
          scope.close();
        });
  }

  @Test
  void cancel_endsTheChildren_andIsNoFailure() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(() -> sleeps(100));
            Task.yield();
            scope.cancel();
            Task<Void> late = scope.fork(() -> sleeps(200));
            scope.join();
            assertTrue(late.isCancelled());
          }
        });
    assertLog("ended 100", "ended 200");
    assertElapsed(Duration.ZERO);
  }

  @Test
  void fork_intoAClosedScope_isAnError_andStartsNothing() throws Exception {
    run(
        () -> {
          TaskScope scope = TaskScope.open();
          scope.close();
          IllegalStateException e =
              thrown(IllegalStateException.class, () -> scope.fork(() -> log.add("never")));
          assertEquals("fork into a closed TaskScope", e.getMessage());
          Task.yield();
        });
    assertLog();
  }

  @Test
  void fork_whileTheScopeCloses_isAnErrorInTheChild() throws Exception {
    run(
        () -> {
          TaskScope scope = TaskScope.open();
          Task<Void> child = scope.fork(() -> forksInFinally(scope));
          Task.yield();
          assertEquals(
              "fork into a closed TaskScope",
              thrown(IllegalStateException.class, () -> scope.close()).getMessage());
          assertTrue(child.isCompletedExceptionally());
        });
    assertLog();
  }

  @Coroutine
  private void forksInFinally(TaskScope scope) {
    try {
      Task.sleep(HOUR);
    } finally {
      scope.fork(() -> log.add("never"));
    }
  }

  @Test
  void joinAndClose_areTheOwners() throws Exception {
    run(
        () -> {
          TaskScope scope = TaskScope.open();
          Task<String> other =
              Task.start(
                  () ->
                      thrown(IllegalStateException.class, () -> scope.join()).getMessage()
                          + ", "
                          + thrown(IllegalStateException.class, () -> scope.close()).getMessage());
          assertEquals(
              "TaskScope.join in another task than the one that opened the scope, "
                  + "TaskScope.close in another task than the one that opened the scope",
              Task.await(other));
          scope.close();
        });
  }

  @Test
  void open_outsideTasks_isAnError() {
    assertTrue(
        assertThrows(IllegalStateException.class, () -> TaskScope.open())
            .getMessage()
            .startsWith("TaskScope.open outside a task"));
  }

  @Test
  void anotherTask_mayForkAndCancel() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            Task.start(
                () -> {
                  scope.fork(() -> sleeps(100));
                  sleepFor(1);
                  scope.cancel();
                });
            Task.yield();
            scope.join();
          }
        });
    assertLog("ended 100");
    assertElapsed(SECOND);
  }

  @Test
  void aCancelledOwner_inJoin_cancelsTheChildren_waitsForThem_thenThrows() throws Exception {
    run(
        () -> {
          Task<Void> owner = Task.start(() -> joinsOneThatCleansUp());
          Task.yield();
          Task.yield();
          owner.cancel(false);
          sleepFor(1);
          assertFalse(owner.isDone(), "it waits for its child");
          owner.cancel(false);
          sleepFor(2);
          assertTrue(owner.isCancelled());
        });
    assertLog("cleaned up", "closed");
  }

  @Coroutine
  private void joinsOneThatCleansUp() {
    try (TaskScope scope = TaskScope.open()) {
      scope.fork(() -> cleansUp());
      scope.join();
      log.add("never");
    } finally {
      log.add("closed");
    }
  }

  @Test
  void aCancelledOwner_inItsBody_leavesNoChildEither() throws Exception {
    run(
        () -> {
          Task<Void> owner =
              Task.start(
                  () -> {
                    try (TaskScope scope = TaskScope.open()) {
                      scope.fork(() -> cleansUp());
                      Task.sleep(HOUR);
                    }
                  });
          Task.yield();
          Task.yield();
          owner.cancel(false);
          sleepFor(3);
          assertTrue(owner.isCancelled());
        });
    assertLog("cleaned up");
  }

  @Test
  void aCancelledOwner_whoseChildFails_isCancelled_withTheFailureSuppressed() throws Exception {
    run(
        () -> {
          TaskScope[] scopes = {null};
          Task<Throwable> owner =
              Task.start(
                  () -> {
                    TaskScope scope = TaskScope.open();
                    scopes[0] = scope;
                    scope.fork(() -> failsInFinally());
                    Throwable t = thrown(dev.coweave.task.TaskCancelled.class, () -> scope.join());
                    scope.close();
                    return t;
                  });
          Task.yield();
          Task.yield();
          owner.cancel(false);
          assertArrayEquals(new Throwable[] {first}, Task.await(owner).getSuppressed());
        });
  }

  @Coroutine
  private void failsInFinally() {
    try {
      Task.sleep(HOUR);
    } finally {
      log.add("finally");
      first.fillInStackTrace();
      throwIt(first);
    }
  }

  private static void throwIt(RuntimeException e) {
    throw e;
  }
}
