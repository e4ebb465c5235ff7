package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Timeouts in timeouts, in cancelled tasks and around scopes: each boundary answers for its own expiry alone. */
class NestedTimeoutsTest extends InVirtualTime {
  private static final Duration TWO_SECONDS = Duration.ofSeconds(2);

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
  void anOuterOne_isNotCaughtByAnInner() throws Exception {
    run(
        () -> {
          TimeoutException e =
              thrown(
                  TimeoutException.class,
                  () -> Task.timeout(SECOND, () -> triesFor(Duration.ofMinutes(1))));
          assertEquals("not done within PT1S", e.getMessage());
        });
    assertLog("passed by");
    assertElapsed(SECOND);
  }

  @Coroutine
  private void triesFor(Duration time) {
    try {
      Task.timeout(time, () -> Task.sleep(HOUR));
    } catch (TimeoutException e) {
      log.add("caught");
    } finally {
      log.add("passed by");
    }
  }

  @Test
  void anInnerOne_isCaughtInside_andTheOuterGoesOn() throws Exception {
    run(
        () -> {
          Task.timeout(
              HOUR,
              () -> {
                triesFor(SECOND);
                Task.sleep(SECOND);
              });
        });
    assertLog("caught", "passed by");
    assertElapsed(TWO_SECONDS);
  }

  @Test
  void bothAtTheSameInstant_theOuterWins() throws Exception {
    run(
        () -> {
          TimeoutException e =
              thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> triesFor(SECOND)));
          assertEquals("not done within PT1S", e.getMessage());
        });
    assertLog("passed by");
  }

  @Test
  void anOuterThatExpiresWhileTheInnerCleansUp_isLate() throws Exception {
    run(
        () -> {
          TimeoutException e =
              thrown(
                  TimeoutException.class,
                  () ->
                      Task.timeout(
                          TWO_SECONDS, () -> Task.timeout(SECOND, () -> cleansUpFor(HOUR))));
          assertEquals("not done within PT1S", e.getMessage());
        });
    assertElapsed(HOUR.plus(SECOND));
  }

  @Test
  void anOuterThatExpiresWhileTheInnerCleansUp_takesOverAtTheNextWait() throws Exception {
    run(
        () -> {
          TimeoutException e =
              thrown(
                  TimeoutException.class,
                  () ->
                      Task.timeout(
                          TWO_SECONDS, () -> Task.timeout(SECOND, () -> cleansUpAndWaits())));
          assertEquals("not done within PT2S", e.getMessage());
        });
  }

  @Coroutine
  private static void cleansUpFor(Duration time) {
    try {
      Task.sleep(HOUR);
    } finally {
      Task.shield(() -> Task.sleep(time));
    }
  }

  @Coroutine
  private static void cleansUpAndWaits() {
    try {
      cleansUpFor(HOUR);
    } finally {
      Task.yield();
    }
  }

  @Test
  void inACancelledTask_theCancellationPasses() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(() -> triesFor(SECOND));
          Task.yield();
          t.cancel(false);
          Task.yield();
          assertTrue(t.isCancelled());
        });
    assertLog("passed by");
    assertElapsed(Duration.ZERO);
  }

  @Test
  void inATaskThatIsCancelledMeanwhile_theTaskWinsAtTheNextWait() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(() -> Task.timeout(SECOND, () -> cleansUpAndWaits()));
          Task.yield();
          Task.sleep(TWO_SECONDS);
          t.cancel(false);
          Task.sleep(HOUR);
          assertTrue(t.isCancelled());
        });
  }

  @Test
  void aroundAScope_endsTheChildren() throws Exception {
    run(
        () ->
            thrown(
                TimeoutException.class,
                () ->
                    Task.timeout(
                        SECOND,
                        () -> {
                          try (TaskScope scope = TaskScope.open()) {
                            scope.fork(() -> sleepsFor(HOUR));
                            scope.join();
                          }
                        })));
    assertLog("TaskCancelled");
    assertElapsed(SECOND);
  }
}
