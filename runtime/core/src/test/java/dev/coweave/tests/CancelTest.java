package dev.coweave.tests;

import static dev.coweave.script.Script.doFirst;
import static dev.coweave.script.Script.first;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.script.Script;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Cancellation, timeouts and shields, in virtual time. */
class CancelTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private final VirtualClock clock = new VirtualClock();
  private final List<String> log = new ArrayList<>();
  private Task<?> kept;

  private <T> T run(Script<T> main) throws Exception {
    return EventLoop.run(clock, main);
  }

  private static Script<Object> sleeper() {
    return doFirst((v, c) -> Task.sleep(HOUR, c));
  }

  @Test
  void swallowedOnce_isThrownAgainAtTheNextWait() throws Exception {
    run(
        doFirst(
            (v, c) -> {
              kept =
                  Task.start(
                      sleeper()
                          .caught(
                              (x, d) -> {
                                log.add("swallowed " + x.getClass().getSimpleName());
                                return null;
                              })
                          .thenDo((w, d) -> Task.sleep(HOUR, d)));
              Task.yield(c);
            }));
    assertEquals(List.of("swallowed TaskCancelled"), log);
    assertTrue(kept.isCancelled());
    assertEquals(Duration.ZERO, clock.elapsed());
  }

  @Test
  void unstarted_runsToItsFirstWait() throws Exception {
    run(
        Script.<Object>first(
                (v, c) -> {
                  Task<Object> t =
                      Task.start(
                          Script.<Object>doFirst((w, d) -> log.add("began"))
                              .thenDo((w, d) -> Task.sleep(HOUR, d))
                              .thenDo((w, d) -> log.add("never")));
                  t.cancel(true);
                  return t.await(c);
                })
            .caught((x, c) -> log.add(x.getClass().getSimpleName())));
    assertEquals(List.of("began", "CancellationException"), log);
  }

  @Test
  void value_thatIsThereWins() throws Exception {
    assertEquals(
        "x",
        run(
            first(
                (v, c) -> {
                  Task.current().cancel(true);
                  return Task.await(CompletableFuture.completedFuture("x"), c);
                })));
  }

  @Test
  void value_deliveredBeforeTheCancellationWins() throws Exception {
    CompletableFuture<String> f = new CompletableFuture<>();
    assertEquals(
        "x",
        run(
            Script.<Object>doFirst(
                    (v, c) -> {
                      kept = Task.start(first((w, d) -> Task.await(f, d)));
                      Task.yield(c);
                    })
                .then(
                    (v, c) -> {
                      f.complete("x");
                      kept.cancel(true);
                      return kept.await(c);
                    })));
  }

  @Test
  void selfCancelled_failsAtTheNextWait() {
    assertThrows(
        CancellationException.class,
        () ->
            run(
                Script.<Object>doFirst(
                        (v, c) -> {
                          Task.current().cancel(true);
                          log.add("goes on");
                          Task.yield(c);
                        })
                    .thenDo((v, c) -> log.add("never"))));
    assertEquals(List.of("goes on"), log);
  }

  @Test
  void timeout_thatExpires_throwsTimeoutException() {
    assertThrows(
        TimeoutException.class, () -> run(first((v, c) -> Task.timeout(SECOND, sleeper(), c))));
    assertEquals(SECOND, clock.elapsed());
  }

  @Test
  void timeout_thatDoesNotExpire_givesTheValueAndLeavesNoTimer() throws Exception {
    assertEquals(
        "x",
        run(
            first(
                (v, c) ->
                    Task.timeout(
                        HOUR, doFirst((w, d) -> Task.sleep(SECOND, d)).then((w, d) -> "x"), c))));
    assertEquals(SECOND, clock.elapsed());
  }

  @Test
  void innerTimeout_doesNotCatchAnOuterOne() {
    TimeoutException e =
        assertThrows(
            TimeoutException.class,
            () ->
                run(
                    first(
                        (v, c) ->
                            Task.timeout(
                                SECOND,
                                Script.<Object>first((w, d) -> Task.timeout(HOUR, sleeper(), d))
                                    .caught(
                                        (x, d) -> {
                                          log.add(x.getClass().getSimpleName());
                                          throw x;
                                        }),
                                c))));
    assertTrue(e.getMessage().contains("PT1S"), e.getMessage());
    assertEquals(List.of("TaskCancelled"), log);
  }

  @Test
  void timeout_ofZero_runsTheBodyToItsFirstWait() throws Exception {
    assertEquals("x", run(first((v, c) -> Task.timeout(Duration.ZERO, first((w, d) -> "x"), c))));
    assertThrows(
        TimeoutException.class,
        () -> run(first((v, c) -> Task.timeout(Duration.ZERO, sleeper(), c))));
  }

  @Test
  void timeout_whoseBodyReturnsAValueAllTheSame_givesIt() throws Exception {
    assertEquals(
        "saved",
        run(first((v, c) -> Task.timeout(SECOND, sleeper().caught((x, d) -> "saved"), c))));
  }

  @Test
  void shield_keepsCancellationOut() throws Exception {
    run(
        doFirst(
            (v, c) -> {
              kept =
                  Task.start(
                      Script.<Object>doFirst(
                              (w, d) ->
                                  Task.shield(
                                      Script.<Object>doFirst((y, e) -> Task.sleep(SECOND, e)), d))
                          .thenDo((w, d) -> log.add("shielded"))
                          .thenDo((w, d) -> Task.sleep(SECOND, d))
                          .thenDo((w, d) -> log.add("never")));
              Task.yield(c);
            }));
    assertTrue(kept.isCancelled());
    assertEquals(List.of("shielded"), log);
    assertEquals(SECOND, clock.elapsed());
  }

  @Test
  void shieldWithADeadline_throwsTimeoutException() throws Exception {
    run(
        doFirst(
            (v, c) -> {
              kept =
                  Task.start(
                      Script.<Object>first((w, d) -> Task.shield(SECOND, sleeper(), d))
                          .caught((x, d) -> log.add(x.getClass().getSimpleName())));
              Task.yield(c);
            }));
    assertEquals(List.of("TimeoutException"), log);
    assertEquals(SECOND, clock.elapsed());
  }

  @Test
  void complete_isARequest_andTheOutcomeWhenTheBodyHasEnded() throws Exception {
    assertEquals(
        "asked",
        run(
            Script.<Object>doFirst(
                    (v, c) -> {
                      kept =
                          Task.start(
                              sleeper()
                                  .caught(
                                      (x, d) -> {
                                        log.add("cleaned up");
                                        throw x;
                                      }));
                      Task.yield(c);
                    })
                .then(
                    (v, c) -> {
                      @SuppressWarnings("unchecked")
                      Task<Object> t = (Task<Object>) kept;
                      assertTrue(t.complete("asked"));
                      assertFalse(t.complete("again"));
                      assertFalse(t.isDone());
                      return t.await(c);
                    })));
    assertEquals(List.of("cleaned up"), log);
  }

  @Test
  void orTimeout_isARequest() {
    assertThrows(
        TimeoutException.class,
        () ->
            EventLoop.run(
                first(
                    (v, c) ->
                        Task.await(Task.start(sleeper()).orTimeout(1, TimeUnit.MILLISECONDS), c))));
  }

  @Test
  void foreignCancellationException_isAFailure() throws Exception {
    run(
        doFirst(
            (v, c) -> {
              kept =
                  Task.start(
                      first(
                          (w, d) -> {
                            throw new CancellationException("foreign");
                          }));
              Task.yield(c);
            }));
    assertTrue(kept.isDone());
    assertFalse(kept.isCancelled());
    assertInstanceOf(
        CancellationException.class,
        assertThrows(CompletionException.class, kept::join).getCause());
  }

  @Test
  void get_onTheOwnLoop_isAnError() throws Exception {
    run(
        doFirst(
            (v, c) -> {
              Task<Object> t = Task.start(sleeper());
              assertThrows(IllegalStateException.class, t::join);
              assertThrows(IllegalStateException.class, t::get);
            }));
  }

  @Test
  void obtrude_isRefused() throws Exception {
    run(
        doFirst(
            (v, c) ->
                assertThrows(
                    UnsupportedOperationException.class,
                    () -> Task.current().obtrudeException(new Exception()))));
  }

  @Test
  void get_ofACancelledTask_throwsCancellationException()
      throws ExecutionException, InterruptedException {
    try (EventLoop loop = EventLoop.open("cancel")) {
      Task<Object> t = loop.start(sleeper());
      t.cancel(true);
      assertThrows(CancellationException.class, t::get);
    }
  }

  @Test
  void taskCancelled_isAnErrorThatCatchExceptionDoesNotSwallow() {
    assertTrue(Error.class.isAssignableFrom(TaskCancelled.class));
  }
}
