package dev.coweave.tests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.script.Script;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskLocal;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;

/** Scopes and task locals, in virtual time. */
class ScopeTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private final VirtualClock clock = new VirtualClock();
  private final List<String> log = new ArrayList<>();
  private TaskScope scope;
  private Task<?> child;

  private Script<Object> after(Duration time, Object value) {
    return Script.<Object>doFirst((v, c) -> Task.sleep(time, c))
        .then(
            (v, c) -> {
              if (value instanceof Throwable t) {
                throw t;
              }
              return value;
            });
  }

  @Test
  void join_waitsForAll() throws Exception {
    EventLoop.run(
        clock,
        Script.<Object>doFirst(
                (v, c) -> {
                  scope = TaskScope.open();
                  child = scope.fork(after(SECOND, "a"));
                  scope.fork(after(SECOND.plus(SECOND), "b"));
                  scope.join(c);
                })
            .thenDo(
                (v, c) -> {
                  log.add(child.join().toString());
                  scope.close(c);
                }));
    assertEquals(List.of("a"), log);
    assertEquals(Duration.ofSeconds(2), clock.elapsed());
  }

  @Test
  void firstFailure_cancelsTheSiblings_andJoinThrowsItOnce() throws Exception {
    IOException failure = new IOException();
    EventLoop.run(
        clock,
        Script.<Object>doFirst(
                (v, c) -> {
                  scope = TaskScope.open();
                  scope.fork(after(SECOND, failure));
                  child = scope.fork(after(HOUR, "b"));
                  scope.join(c);
                })
            .caught(
                (x, c) -> {
                  assertSame(failure, x);
                  scope.close(c);
                  return null;
                })
            .thenDo((v, c) -> log.add("closed quietly")));
    assertTrue(child.isCancelled());
    assertEquals(List.of("closed quietly"), log);
    assertEquals(SECOND, clock.elapsed());
  }

  @Test
  void furtherFailures_areSuppressed() {
    IOException failure = new IOException();
    IOException second = new IOException("second");
    IOException thrown =
        assertThrows(
            IOException.class,
            () ->
                EventLoop.run(
                    clock,
                    Script.<Object>doFirst(
                        (v, c) -> {
                          scope = TaskScope.open();
                          scope.fork(after(SECOND, failure));
                          scope.fork(
                              after(HOUR, "b")
                                  .caught(
                                      (x, d) -> {
                                        throw second;
                                      }));
                          scope.join(c);
                        })));
    assertSame(failure, thrown);
    assertSame(second, thrown.getSuppressed()[0]);
  }

  @Test
  void close_withoutJoin_cancelsTheChildrenAndWaitsForThem() throws Exception {
    EventLoop.run(
        clock,
        Script.<Object>doFirst(
                (v, c) -> {
                  scope = TaskScope.open();
                  child =
                      scope.fork(
                          after(HOUR, "b")
                              .caught(
                                  (x, d) -> {
                                    Task.shield(after(SECOND, "cleaned"), d);
                                    return null;
                                  })
                              .thenDo((w, d) -> log.add("child ended")));
                  Task.yield(c);
                })
            .thenDo((v, c) -> scope.close(c))
            .thenDo((v, c) -> log.add("closed")));
    assertEquals(List.of("child ended", "closed"), log);
    assertEquals(SECOND, clock.elapsed());
  }

  @Test
  void cancelledOwner_waitsForItsChildrenThenThrows() {
    assertThrows(
        CancellationException.class,
        () ->
            EventLoop.run(
                clock,
                Script.<Object>doFirst(
                        (v, c) -> {
                          scope = TaskScope.open();
                          scope.fork(
                              after(HOUR, "b")
                                  .caught(
                                      (x, d) -> {
                                        Task.shield(after(SECOND, "cleaned"), d);
                                        return null;
                                      })
                                  .thenDo((w, d) -> log.add("child ended")));
                          Task.current().cancel(true);
                          scope.join(c);
                        })
                    .caught(
                        (x, c) -> {
                          log.add(x.getClass().getSimpleName());
                          throw x;
                        })));
    assertEquals(List.of("child ended", TaskCancelled.class.getSimpleName()), log);
    assertEquals(SECOND, clock.elapsed());
  }

  @Test
  void fork_intoAClosedScope_isAnError() throws Exception {
    EventLoop.run(
        clock,
        Script.<Object>doFirst(
                (v, c) -> {
                  scope = TaskScope.open();
                  scope.close(c);
                })
            .thenDo(
                (v, c) ->
                    assertThrows(
                        IllegalStateException.class, () -> scope.fork(after(SECOND, "a")))));
  }

  @Test
  void firstSuccess_cancelsTheOthers() throws Exception {
    EventLoop.run(
        clock,
        Script.<Object>doFirst(
                (v, c) -> {
                  scope = TaskScope.open(TaskScope.Policy.FIRST_SUCCESS);
                  scope.fork(after(Duration.ZERO, new IOException()));
                  scope.fork(after(SECOND, "fast"));
                  child = scope.fork(after(HOUR, "slow"));
                  scope.join(c);
                })
            .thenDo((v, c) -> log.add(scope.first().join().toString())));
    assertEquals(List.of("fast"), log);
    assertTrue(child.isCancelled());
  }

  @Test
  void firstSuccess_withoutAny_throwsTheFirstFailure() {
    assertThrows(
        IOException.class,
        () ->
            EventLoop.run(
                clock,
                Script.<Object>doFirst(
                    (v, c) -> {
                      scope = TaskScope.open(TaskScope.Policy.FIRST_SUCCESS);
                      scope.fork(after(SECOND, new IOException()));
                      scope.fork(after(HOUR, new IllegalStateException()));
                      scope.join(c);
                    })));
    assertEquals(HOUR, clock.elapsed());
  }

  @Test
  void allOutcomes_letsEachEnd() throws Exception {
    EventLoop.run(
        clock,
        Script.<Object>doFirst(
            (v, c) -> {
              scope = TaskScope.open(TaskScope.Policy.ALL_OUTCOMES);
              scope.fork(after(SECOND, new IOException()));
              child = scope.fork(after(HOUR, "slow"));
              scope.join(c);
            }));
    assertEquals("slow", child.join());
  }

  @Test
  void locals_areInherited_andOwnFromThenOn() throws Exception {
    TaskLocal<String> local = new TaskLocal<>();
    EventLoop.run(
        clock,
        Script.<Object>first(
                (v, c) -> {
                  local.set("parent");
                  Task<Object> t =
                      Task.start(
                          Script.<Object>doFirst(
                                  (w, d) -> {
                                    log.add(local.get());
                                    local.set("child");
                                    Task.sleep(SECOND, d);
                                  })
                              .thenDo((w, d) -> log.add(local.get())));
                  local.set("later");
                  return t.await(c);
                })
            .thenDo((v, c) -> log.add(local.get())));
    assertEquals(List.of("parent", "child", "later"), log);
  }
}
