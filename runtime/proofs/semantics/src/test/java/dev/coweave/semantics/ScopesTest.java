package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A scope never leaks a child: it joins, fails and ends as one. */
class ScopesTest extends InVirtualTime {
  private final IllegalStateException first = new IllegalStateException("first");
  private final IllegalStateException second = new IllegalStateException("second");

  // ---- join

  @Test
  void join_waitsForAll() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            Task<Integer> a =
                scope.fork(
                    () -> {
                      sleepFor(1);
                      return 1;
                    });
            scope.fork(() -> sleepFor(3));
            scope.join();
            assertEquals(1, a.join());
          }
        });
    assertElapsed(Duration.ofSeconds(3));
  }

  @Test
  void join_ofNone_doesNotWait() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            Task.current().cancel(false);
            scope.join();
            log.add("joined");
          }
        });
    assertLog("joined");
  }

  @Test
  void afterAJoin_moreMayBeForked_andJoined() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(() -> sleeps(1));
            scope.join();
            scope.fork(() -> sleeps(2));
            scope.join();
          }
        });
    assertLog("slept 1", "ended 1", "slept 2", "ended 2");
  }

  @Test
  void aChildForkedByAChild_isWaitedForToo() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(
                () -> {
                  sleepFor(1);
                  scope.fork(() -> sleeps(2));
                });
            scope.join();
          }
        });
    assertLog("slept 2", "ended 2");
  }

  // ---- failures

  @Test
  void theFirstFailure_cancelsTheSiblings_andJoinThrowsItWhenAllHaveEnded() throws Exception {
    run(
        () -> {
          TaskScope scope = TaskScope.open();
          scope.fork(() -> sleeps(100));
          scope.fork(() -> failsAfter(1, first));
          assertSame(first, thrown(IllegalStateException.class, () -> scope.join()));
          assertLog("ended 100");
          scope.close(); // has been thrown: not again
        });
    assertElapsed(SECOND);
  }

  @Test
  void aSiblingThatCleansUp_isWaitedFor() throws Exception {
    run(
        () -> {
          TaskScope scope = TaskScope.open();
          scope.fork(() -> cleansUp());
          scope.fork(() -> failsAfter(1, first));
          thrown(IllegalStateException.class, () -> scope.join());
          assertLog("cleaned up");
          scope.close();
        });
    assertElapsed(Duration.ofSeconds(3));
  }

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
  void furtherFailures_areSuppressedByTheFirst() throws Exception {
    run(
        () -> {
          TaskScope scope = TaskScope.open();
          scope.fork(() -> failsAfter(1, first));
          scope.fork(() -> failsAfter(1, second));
          scope.fork(() -> failsAfter(1, first));
          assertSame(first, thrown(IllegalStateException.class, () -> scope.join()));
          assertArrayEquals(new Throwable[] {second}, first.getSuppressed());
          scope.close();
        });
  }

  @Test
  void withoutAJoin_closeThrowsTheFailure() throws Exception {
    run(
        () ->
            assertSame(
                first,
                thrown(
                    IllegalStateException.class,
                    () -> {
                      try (TaskScope scope = TaskScope.open()) {
                        scope.fork(() -> failsAfter(1, first));
                        sleepFor(2);
                        log.add("body");
                      }
                    })));
    assertLog("body");
  }

  @Test
  void bodyAndChildFail_theChildsIsSuppressed() throws Exception {
    run(
        () -> {
          IllegalStateException body =
              thrown(
                  IllegalStateException.class,
                  () -> {
                    try (TaskScope scope = TaskScope.open()) {
                      scope.fork(() -> failsAfter(1, first));
                      sleepFor(2);
                      throw second;
                    }
                  });
          assertSame(second, body);
          assertArrayEquals(new Throwable[] {first}, second.getSuppressed());
        });
  }

  @Test
  void aFailureThatTheBodyAwaited_isThrownByIt_andNotAgainByClose() throws Exception {
    run(
        () ->
            assertSame(
                first,
                thrown(
                    IllegalStateException.class,
                    () -> {
                      try (TaskScope scope = TaskScope.open()) {
                        Task<Void> child = scope.fork(() -> failsAfter(1, first));
                        Task.await(child);
                      }
                    })));
    assertEquals(0, first.getSuppressed().length);
  }

  @Test
  void aFailureThatTheBodyAwaitsLater_orByADependent_isNotThrownTwiceEither() throws Exception {
    run(
        () -> {
          thrown(
              IllegalStateException.class,
              () -> {
                try (TaskScope scope = TaskScope.open()) {
                  Task<Void> child = scope.fork(() -> failsAfter(1, first));
                  sleepFor(2);
                  Task.await(child);
                }
              });
          thrown(
              IllegalStateException.class,
              () -> {
                try (TaskScope scope = TaskScope.open()) {
                  Task<Void> child = scope.fork(() -> failsAfter(1, first));
                  Task.await(child.thenApply(v -> "dependent"));
                }
              });
        });
    assertEquals(0, first.getSuppressed().length);
  }

  @Test
  void aCancelledChild_isNoFailure() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            Task<Void> child = scope.fork(() -> sleeps(100));
            scope.fork(() -> sleeps(1));
            Task.yield();
            child.cancel(false);
            scope.join();
            assertTrue(child.isCancelled());
          }
        });
    assertLog("ended 100", "slept 1", "ended 1");
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

  // ---- scopes in scopes

  @Test
  void grandchildren_endBeforeTheirParents() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(() -> joinsOneThatCleansUp());
            scope.fork(() -> failsAfter(1, first));
            thrown(IllegalStateException.class, () -> scope.join());
          }
          log.add("all ended");
        });
    assertLog("cleaned up", "closed", "all ended");
  }

  @Test
  void aGrandchildsFailure_reachesTheTop() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(
                () -> {
                  try (TaskScope inner = TaskScope.open()) {
                    inner.fork(() -> failsAfter(1, first));
                    inner.join();
                  }
                });
            scope.fork(() -> sleeps(100));
            assertSame(first, thrown(IllegalStateException.class, () -> scope.join()));
          }
        });
    assertLog("ended 100");
  }

  @Test
  void scopesOfOneTask_nest() throws Exception {
    run(
        () -> {
          try (TaskScope outer = TaskScope.open()) {
            outer.fork(() -> sleeps(2));
            try (TaskScope inner = TaskScope.open()) {
              inner.fork(() -> sleeps(1));
              inner.join();
            }
            assertLog("slept 1", "ended 1");
            outer.join();
          }
        });
    assertElapsed(Duration.ofSeconds(2));
  }
}
