package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.coweave.Coroutine;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** A timeout is a cancel scope in the same task: its body's waits are cancelled, and the boundary says that the time was up. */
class TimeoutsTest extends InVirtualTime {
  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

  @Test
  void thatExpires_cancelsTheBodysWait_andThrowsTimeoutException() throws Exception {
    run(
        () -> {
          TimeoutException e =
              thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> sleepsFor(HOUR)));
          assertEquals("not done within PT1S", e.getMessage());
          assertInstanceOf(TaskCancelled.class, e.getCause());
          assertLog("TaskCancelled");
          assertElapsed(SECOND);
        });
  }

  @Coroutine
  private void sleepsFor(Duration time) {
    try {
      Task.sleep(time);
      log.add("slept");
    } catch (TaskCancelled e) {
      log.add("TaskCancelled");
      throw e;
    }
  }

  @Test
  void thatDoesNotExpire_givesTheValue_andLeavesNothingBehind() throws Exception {
    run(
        () -> {
          String value =
              Task.timeout(
                  HOUR,
                  () -> {
                    Task.sleep(SECOND);
                    return "value";
                  });
          assertEquals("value", value);
          Task.sleep(Duration.ofHours(2));
        });
    assertElapsed(Duration.ofHours(2).plus(SECOND));
  }

  @Test
  void expired_theTaskItselfIsNotCancelled() throws Exception {
    run(
        () -> {
          thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> Task.sleep(HOUR)));
          Task.sleep(SECOND);
          assertFalse(Task.current().isDone());
        });
    assertElapsed(TWO_SECONDS);
  }

  @Test
  void runsTheBodyInThisTask() throws Exception {
    run(() -> assertSame(Task.current(), Task.timeout(SECOND, () -> Task.current())));
  }

  @Test
  void ofZeroOrLess_letsTheBodyRunToItsFirstWait() throws Exception {
    run(
        () -> {
          for (Duration none : new Duration[] {Duration.ZERO, SECOND.negated()}) {
            assertEquals("value", Task.timeout(none, () -> "value"));
            thrown(
                TimeoutException.class,
                () ->
                    Task.timeout(
                        none,
                        () -> {
                          log.add("began");
                          Task.yield();
                          log.add("never");
                        }));
          }
        });
    assertLog("began", "began");
    assertElapsed(Duration.ZERO);
  }

  @Test
  void ofZero_takesWhatIsThere() throws Exception {
    run(
        () -> {
          Channel<String> channel = new Channel<>(1);
          channel.send("there");
          assertEquals("there", Task.timeout(Duration.ZERO, () -> channel.receive()));
          thrown(
              TimeoutException.class, () -> Task.timeout(Duration.ZERO, () -> channel.receive()));
        });
  }

  @Test
  void ofAges_neverExpires() throws Exception {
    run(
        () ->
            assertEquals(
                "value",
                Task.timeout(
                    Duration.ofSeconds(Long.MAX_VALUE),
                    () -> {
                      Task.sleep(HOUR);
                      return "value";
                    })));
  }

  @Test
  void theBodysWaitsInFinally_throwToo() throws Exception {
    run(() -> thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> waitsInFinally())));
    assertLog("finally");
    assertElapsed(SECOND);
  }

  @Coroutine
  private void waitsInFinally() {
    try {
      Task.sleep(HOUR);
    } finally {
      log.add("finally");
      Task.sleep(HOUR);
      log.add("never");
    }
  }

  @Test
  void aBodyThatSwallowsIt_isCancelledAtEachLaterWait() throws Exception {
    run(
        () ->
            thrown(
                TimeoutException.class,
                () ->
                    Task.timeout(
                        SECOND,
                        () -> {
                          for (int i = 0; i < 3; i++) {
                            thrown(TaskCancelled.class, () -> Task.sleep(HOUR));
                          }
                          log.add("swallowed");
                          Task.yield();
                        })));
    assertLog("swallowed");
    assertElapsed(SECOND);
  }

  @Test
  void aValueReturnedAllTheSame_wins() throws Exception {
    run(
        () ->
            assertEquals(
                "saved",
                Task.timeout(
                    SECOND,
                    () -> {
                      thrown(TaskCancelled.class, () -> Task.sleep(HOUR));
                      return "saved";
                    })));
  }

  @Test
  void aFailureOfTheBody_passes() throws Exception {
    run(
        () -> {
          IllegalArgumentException failure = new IllegalArgumentException();
          assertSame(
              failure,
              thrown(
                  IllegalArgumentException.class,
                  () ->
                      Task.timeout(
                          SECOND,
                          () -> {
                            thrown(TaskCancelled.class, () -> Task.sleep(HOUR));
                            throw failure;
                          })));
        });
  }

  @Test
  void aTimeoutExceptionOfTheBodysOwn_passesAsItIs() throws Exception {
    TimeoutException own = new TimeoutException("own");
    run(
        () ->
            assertSame(
                own,
                thrown(
                    TimeoutException.class,
                    () -> Task.timeout(SECOND, () -> Task.await(failed(own))))));
  }

  private static CompletableFuture<String> failed(Exception e) {
    return CompletableFuture.failedFuture(e);
  }

  @Test
  void aValueAtTheSameInstant_whoseTimerCameFirst_wins() throws Exception {
    run(
        () -> {
          Channel<String> channel = new Channel<>(0);
          Task<Void> sender =
              Task.start(
                  () -> {
                    Task.sleep(SECOND);
                    channel.send("just in time");
                  });
          Task.yield();
          // Sleeping first, the sender is the first whose time has come, but it has to run yet: the
          // timeout comes before.
          thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> channel.receive()));
          assertEquals("just in time", channel.receive(), "nothing was lost");
          Task.await(sender);
        });
  }

  @Test
  void aValueAtTheSameInstant_thatIsDeliveredByATimer_wins() throws Exception {
    run(
        () -> {
          CompletableFuture<String> future = new CompletableFuture<>();
          dev.coweave.loop.EventLoop.current()
              .schedule(() -> future.complete("first"), 1, java.util.concurrent.TimeUnit.SECONDS);
          assertEquals("first", Task.timeout(SECOND, () -> Task.await(future)));
        });
    assertElapsed(SECOND);
  }

  @Test
  void anAwaitedTask_isNotCancelled() throws Exception {
    run(
        () -> {
          Task<String> slow =
              Task.start(
                  () -> {
                    Task.sleep(TWO_SECONDS);
                    return "done";
                  });
          thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> Task.await(slow)));
          assertEquals("done", Task.await(slow));
        });
  }

  @Test
  void ofOneTask_doesNotTouchItsNeighbours() throws Exception {
    run(
        () -> {
          Task<Void> other = Task.start(() -> Task.sleep(TWO_SECONDS));
          Task.yield();
          thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> Task.sleep(HOUR)));
          assertNull(Task.await(other));
        });
    assertElapsed(TWO_SECONDS);
  }

  @Test
  void inPlainCode_worksToo() throws Exception {
    assertThrows(
        TimeoutException.class, () -> Task.timeout(Duration.ofMillis(1), () -> Task.sleep(HOUR)));
    assertEquals("value", Task.timeout(HOUR, () -> "value"));
  }

  @Test
  void withoutATimeOrABody_isRefused() throws Exception {
    run(
        () -> {
          thrown(NullPointerException.class, () -> Task.timeout(null, () -> "value"));
          thrown(NullPointerException.class, () -> Task.shield(null, () -> "value"));
        });
  }
}
