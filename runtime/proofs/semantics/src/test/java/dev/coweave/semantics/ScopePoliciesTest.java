package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import dev.coweave.task.TaskScope.Policy;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a scope does when a child ends: the first success is enough, or each outcome counts. */
class ScopePoliciesTest extends InVirtualTime {
  private final IllegalStateException first = new IllegalStateException("first");
  private final IllegalStateException second = new IllegalStateException("second");

  @Coroutine
  private String after(int seconds, String value) {
    try {
      sleepFor(seconds);
      return value;
    } finally {
      log.add("ended " + value);
    }
  }

  @Coroutine
  private static String throwsAfter(int seconds, RuntimeException failure) {
    sleepFor(seconds);
    throw failure;
  }

  @Test
  void firstSuccess_cancelsTheOthers_andIsKnown() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open(Policy.FIRST_SUCCESS)) {
            scope.fork(() -> after(100, "slow"));
            scope.fork(() -> throwsAfter(1, first));
            Task<String> fast = scope.fork(() -> after(2, "fast"));
            assertNull(scope.first());
            scope.join();
            assertSame(fast, scope.first());
          }
        });
    assertLog("ended fast", "ended slow");
    assertElapsed(Duration.ofSeconds(2));
  }

  @Test
  void firstSuccess_ofTwoAtTheSameInstant_isOne() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open(Policy.FIRST_SUCCESS)) {
            Task<String> a = scope.fork(() -> after(1, "a"));
            Task<String> b = scope.fork(() -> after(1, "b"));
            scope.join();
            assertSame(a, scope.first());
            assertEquals("b", b.join(), "it had its value before it could be cancelled");
          }
        });
  }

  @Test
  void firstSuccess_withoutAny_isTheFirstFailure_withTheOthersSuppressed() throws Exception {
    run(
        () -> {
          TaskScope scope = TaskScope.open(Policy.FIRST_SUCCESS);
          scope.fork(() -> throwsAfter(2, second));
          scope.fork(() -> throwsAfter(1, first));
          assertSame(first, thrown(IllegalStateException.class, () -> scope.join()));
          assertArrayEquals(new Throwable[] {second}, first.getSuppressed());
          assertNull(scope.first());
          scope.close();
        });
    assertElapsed(Duration.ofSeconds(2));
  }

  @Test
  void firstSuccess_withAFailureBefore_isNoFailure_evenOfClose() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open(Policy.FIRST_SUCCESS)) {
            scope.fork(() -> throwsAfter(1, first));
            scope.fork(() -> after(2, "value"));
            Task.sleep(Duration.ofSeconds(3));
          }
        });
    assertLog("ended value");
  }

  @Test
  void firstSuccess_ofAValueThatIsNull_isOneToo() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open(Policy.FIRST_SUCCESS)) {
            Task<Void> done = scope.fork(() -> sleepFor(1));
            scope.fork(() -> after(100, "slow"));
            scope.join();
            assertSame(done, scope.first());
          }
        });
    assertElapsed(SECOND);
  }

  @Test
  void firstSuccess_givesTheWinnersValue() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open(Policy.FIRST_SUCCESS)) {
            scope.fork(() -> after(2, "slow"));
            scope.fork(() -> after(1, "fast"));
            scope.join();
            assertEquals("fast", Task.await(Objects.requireNonNull(scope.first())));
          }
        });
  }

  @Test
  void allOutcomes_letsEachEnd_andThrowsNone() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open(Policy.ALL_OUTCOMES)) {
            Task<String> failing = scope.fork(() -> throwsAfter(1, first));
            Task<String> succeeding = scope.fork(() -> after(2, "value"));
            scope.join();
            assertTrue(failing.isCompletedExceptionally());
            assertEquals("value", succeeding.join());
          }
        });
    assertElapsed(Duration.ofSeconds(2));
  }

  @Test
  void allOutcomes_closedWithoutAJoin_cancelsAndThrowsNone() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open(Policy.ALL_OUTCOMES)) {
            scope.fork(() -> throwsAfter(1, first));
            scope.fork(() -> after(100, "slow"));
            sleepFor(2);
          }
        });
    assertLog("ended slow");
    assertElapsed(Duration.ofSeconds(2));
  }
}
