package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** A shield keeps the cancellation of what is around it out, until its end. */
class ShieldsTest extends InVirtualTime {
  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

  @Test
  void cancelledInside_runsToItsEnd_andTheNextWaitThrows() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () -> {
                    Task.shield(() -> sleepsFor(SECOND));
                    log.add("left");
                    Task.sleep(HOUR);
                    log.add("never");
                  });
          Task.yield();
          t.cancel(false);
          Task.sleep(TWO_SECONDS);
          assertTrue(t.isCancelled());
        });
    assertLog("slept", "left");
    assertElapsed(TWO_SECONDS);
  }

  @Coroutine
  private void sleepsFor(Duration time) {
    Task.sleep(time);
    log.add("slept");
  }

  @Test
  void cancelledBefore_runsAllTheSame() throws Exception {
    run(
        () -> {
          Task.current().cancel(false);
          assertEquals(
              "value",
              Task.shield(
                  () -> {
                    sleepsFor(SECOND);
                    return "value";
                  }));
          thrown(TaskCancelled.class, () -> Task.yield());
          log.add("swallowed");
        });
    assertLog("slept", "swallowed");
  }

  @Test
  void aValueReturnedRightAfterIt_isTheTasks() throws Exception {
    run(
        () -> {
          Task<String> t =
              Task.start(
                  () -> {
                    Task.shield(() -> Task.sleep(SECOND));
                    return "value";
                  });
          Task.yield();
          t.cancel(false);
          assertEquals("value", Task.await(t));
        });
  }

  @Test
  void inFinally_waits() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(() -> cleansUp());
          Task.yield();
          t.cancel(false);
          Task.sleep(TWO_SECONDS);
          assertTrue(t.isCancelled());
        });
    assertLog("slept", "cleaned up");
  }

  @Coroutine
  private void cleansUp() {
    try {
      Task.sleep(HOUR);
    } finally {
      Task.shield(() -> sleepsFor(SECOND));
      log.add("cleaned up");
    }
  }

  @Test
  void inATimeout_endsFirst_thenTheTimeIsUp() throws Exception {
    run(
        () -> {
          TimeoutException e =
              thrown(
                  TimeoutException.class,
                  () ->
                      Task.timeout(
                          SECOND,
                          () -> {
                            Task.shield(() -> sleepsFor(TWO_SECONDS));
                            Task.yield();
                          }));
          assertEquals("not done within PT1S", e.getMessage());
        });
    assertLog("slept");
    assertElapsed(TWO_SECONDS);
  }

  @Test
  void inATimeout_thatDoesNotWaitAfterwards_givesItsValue() throws Exception {
    run(
        () -> {
          Duration given =
              Task.timeout(
                  SECOND,
                  () ->
                      Task.shield(
                          () -> {
                            Task.sleep(TWO_SECONDS);
                            return TWO_SECONDS;
                          }));
          assertEquals(TWO_SECONDS, given);
        });
  }

  @Test
  void aTimeoutInside_worksAsAnywhere() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () ->
                      Task.shield(
                          () -> {
                            thrown(
                                TimeoutException.class,
                                () -> Task.timeout(SECOND, () -> Task.sleep(HOUR)));
                            log.add("timed out");
                            sleepsFor(SECOND);
                          }));
          Task.yield();
          t.cancel(false);
          Task.await(t);
        });
    assertLog("timed out", "slept");
    assertElapsed(TWO_SECONDS);
  }

  @Test
  void withADeadline_throwsTimeoutException_notTheCancellation() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () -> {
                    TimeoutException e =
                        thrown(
                            TimeoutException.class,
                            () -> Task.shield(SECOND, () -> Task.sleep(HOUR)));
                    log.add(e.getMessage());
                    Task.yield();
                    log.add("never");
                  });
          Task.yield();
          t.cancel(false);
          Task.sleep(TWO_SECONDS);
          assertTrue(t.isCancelled());
        });
    assertLog("not done within PT1S");
  }

  @Test
  void withADeadline_thatIsKept_givesTheValue() throws Exception {
    run(
        () -> {
          Task.current().cancel(false);
          assertEquals(
              "value",
              Task.shield(
                  HOUR,
                  () -> {
                    Task.sleep(SECOND);
                    return "value";
                  }));
        });
    assertElapsed(SECOND);
  }

  @Test
  void withADeadline_inACancelledTasksFinally_boundsTheCleaningUp() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(() -> cleansUpForTooLong());
          Task.yield();
          t.cancel(false);
          Task.sleep(TWO_SECONDS);
          assertTrue(t.isCancelled());
        });
    assertLog("gave up");
  }

  @Coroutine
  private void cleansUpForTooLong() {
    try {
      Task.sleep(HOUR);
    } finally {
      try {
        Task.shield(SECOND, () -> Task.sleep(HOUR));
      } catch (TimeoutException e) {
        log.add("gave up");
      }
    }
  }

  @Test
  void nested_theInnerChangesNothing() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () ->
                      Task.shield(
                          () -> {
                            Task.shield(() -> sleepsFor(SECOND));
                            sleepsFor(SECOND);
                          }));
          Task.yield();
          t.cancel(false);
          Task.await(t);
          assertFalse(t.isCancelled());
        });
    assertLog("slept", "slept");
  }

  @Test
  void theChildrenOfAScopeInside_areShieldedFromTheOwnersCancellation() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () ->
                      Task.shield(
                          () -> {
                            try (TaskScope scope = TaskScope.open()) {
                              scope.fork(() -> sleepsFor(SECOND));
                              scope.join();
                            }
                          }));
          Task.yield();
          t.cancel(false);
          Task.await(t);
        });
    assertLog("slept");
  }

  @Test
  void aFailureInside_passes() throws Exception {
    run(
        () -> {
          thrown(
              IllegalArgumentException.class,
              () ->
                  Task.shield(
                      () -> {
                        Task.yield();
                        throw new IllegalArgumentException();
                      }));
          Task<Void> t = Task.start(() -> failsInAShieldAndSleeps());
          Task.yield();
          t.cancel(false);
          Task.sleep(SECOND);
          assertTrue(t.isCancelled(), "the shield was left");
        });
    assertElapsed(SECOND);
  }

  @Coroutine
  private static void failsInAShieldAndSleeps() {
    thrown(
        IllegalArgumentException.class,
        () ->
            Task.shield(
                () -> {
                  Task.yield();
                  throw new IllegalArgumentException();
                }));
    Task.sleep(HOUR);
  }

  @Test
  void inPlainCode_worksToo() {
    assertEquals("value", Task.shield(() -> "value"));
    assertThrows(
        TimeoutException.class, () -> Task.shield(Duration.ofMillis(1), () -> Task.sleep(HOUR)));
  }
}
