package dev.coweave.junit;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AssertionFailureBuilder;
import org.opentest4j.MultipleFailuresError;

/**
 * JUnit's assertions that take a lambda, for lambdas that wait: those of {@code org.junit.jupiter.api.Assertions} can't, for JUnit's own code stands between them and the
 * test. Times go by the loop's clock, which in a {@link CoroutineTest} is virtual.
 *
 * <pre>{@code
 * IOException e = assertThrows(IOException.class, () -> fetch(broken));
 * assertTimeout(Duration.ofSeconds(2), () -> fetch(slow));
 * assertAll(() -> assertEquals(1, a.await()), () -> assertEquals(2, b.await()));
 * }</pre>
 *
 * <p>A {@link TaskCancelled} of the test's own task is never taken for a failure of the lambda. Messages may be null. Thread-safe.
 */
public final class CoroutineAssertions {
  private CoroutineAssertions() {}

  // ---- exceptions

  /**
   * Fails unless a body throws an exception of a type, or of a subtype.
   *
   * @param expected the type
   * @param body what should throw
   * @param <T> the type
   * @return what it threw
   */
  @Coroutine
  public static <T extends Throwable> T assertThrows(Class<T> expected, CoroutineRunnable body) {
    return assertThrows(expected, body, null);
  }

  /**
   * Fails unless a body throws an exception of a type, or of a subtype.
   *
   * @param expected the type
   * @param body what should throw
   * @param message what the failure says first
   * @param <T> the type
   * @return what it threw
   */
  @Coroutine
  public static <T extends Throwable> T assertThrows(
      Class<T> expected, CoroutineRunnable body, @Nullable String message) {
    Throwable thrown = thrownBy(expected, body);
    if (expected.isInstance(thrown)) {
      return expected.cast(thrown);
    }
    throw wrong(expected, thrown, message);
  }

  /**
   * Fails unless a body throws an exception of exactly a type.
   *
   * @param expected the type
   * @param body what should throw
   * @param <T> the type
   * @return what it threw
   */
  @Coroutine
  public static <T extends Throwable> T assertThrowsExactly(
      Class<T> expected, CoroutineRunnable body) {
    return assertThrowsExactly(expected, body, null);
  }

  /**
   * Fails unless a body throws an exception of exactly a type.
   *
   * @param expected the type
   * @param body what should throw
   * @param message what the failure says first
   * @param <T> the type
   * @return what it threw
   */
  @Coroutine
  public static <T extends Throwable> T assertThrowsExactly(
      Class<T> expected, CoroutineRunnable body, @Nullable String message) {
    Throwable thrown = thrownBy(expected, body);
    if (thrown != null && thrown.getClass() == expected) {
      return expected.cast(thrown);
    }
    throw wrong(expected, thrown, message);
  }

  @Coroutine
  private static @Nullable Throwable thrownBy(
      Class<? extends Throwable> expected, CoroutineRunnable body) {
    try {
      body.run();
      return null;
    } catch (TaskCancelled e) {
      if (expected.isInstance(e)) {
        return e;
      }
      throw e;
    } catch (Throwable t) {
      return t;
    }
  }

  private static AssertionError wrong(
      Class<?> expected, @Nullable Throwable thrown, @Nullable String message) {
    AssertionFailureBuilder failure = AssertionFailureBuilder.assertionFailure().message(message);
    return thrown == null
        ? failure
            .reason("Expected %s to be thrown, but nothing was thrown.".formatted(name(expected)))
            .build()
        : failure
            .expected(expected)
            .actual(thrown.getClass())
            .reason("Unexpected exception type thrown")
            .cause(thrown)
            .build();
  }

  private static String name(Class<?> c) {
    return Objects.requireNonNullElse(c.getCanonicalName(), c.getName());
  }

  /**
   * Fails if a body throws anything.
   *
   * @param body what shouldn't throw
   */
  @Coroutine
  public static void assertDoesNotThrow(CoroutineRunnable body) {
    try {
      body.run();
    } catch (TaskCancelled e) {
      throw e;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /**
   * Fails if a body throws anything.
   *
   * @param body what shouldn't throw
   * @param <T> the type of its result
   * @return its result
   */
  @Coroutine
  public static <T extends @Nullable Object> T assertDoesNotThrow(CoroutineCallable<T> body) {
    try {
      return body.call();
    } catch (TaskCancelled e) {
      throw e;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static AssertionError unexpected(Throwable t) {
    return AssertionFailureBuilder.assertionFailure()
        .reason("Unexpected exception thrown: " + t)
        .cause(t)
        .build();
  }

  // ---- time

  /**
   * Fails if a body takes longer than a time, after it has ended.
   *
   * @param time by the loop's clock
   * @param body what it does
   * @throws Exception what the body throws
   */
  @Coroutine
  public static void assertTimeout(Duration time, CoroutineRunnable body) throws Exception {
    long start = Now.nanos();
    body.run();
    checkTime(time, Now.nanos() - start);
  }

  /**
   * Fails if a body takes longer than a time, after it has ended.
   *
   * @param time by the loop's clock
   * @param body what it does
   * @param <T> the type of its result
   * @return its result
   * @throws Exception what the body throws
   */
  @Coroutine
  public static <T extends @Nullable Object> T assertTimeout(
      Duration time, CoroutineCallable<T> body) throws Exception {
    long start = Now.nanos();
    T result = body.call();
    checkTime(time, Now.nanos() - start);
    return result;
  }

  private static void checkTime(Duration time, long nanos) {
    Duration over = Duration.ofNanos(nanos).minus(time);
    if (over.compareTo(Duration.ZERO) > 0) {
      throw AssertionFailureBuilder.assertionFailure()
          .reason("took longer than " + Fault.text(time) + ", by " + Fault.text(over))
          .build();
    }
  }

  /**
   * Fails if a body takes longer than a time, as soon as that is over: the body is cancelled, and fails the assertion when it has ended.
   *
   * @param time by the loop's clock
   * @param body what it does
   * @throws Exception what the body throws
   */
  @Coroutine
  public static void assertTimeoutPreemptively(Duration time, CoroutineRunnable body)
      throws Exception {
    Object unused =
        assertTimeoutPreemptively(
            time,
            () -> {
              body.run();
              return true;
            });
  }

  /**
   * Fails if a body takes longer than a time, as soon as that is over: the body is cancelled, and fails the assertion when it has ended.
   *
   * @param time by the loop's clock
   * @param body what it does
   * @param <T> the type of its result
   * @return its result
   * @throws Exception what the body throws
   */
  @Coroutine
  public static <T extends @Nullable Object> T assertTimeoutPreemptively(
      Duration time, CoroutineCallable<T> body) throws Exception {
    boolean[] ended = new boolean[1];
    try {
      return Task.timeout(
          time,
          () -> {
            try {
              return body.call();
            } catch (TimeoutException e) { // the body's own
              ended[0] = true;
              throw e;
            }
          });
    } catch (TimeoutException e) {
      if (ended[0]) {
        throw e;
      }
      throw AssertionFailureBuilder.assertionFailure()
          .reason("timed out after " + Fault.text(time))
          .cause(e)
          .build();
    }
  }

  // ---- several at once

  /**
   * Runs all bodies, one after the other, and fails if any of them does, with all their failures.
   *
   * @param bodies what to run
   */
  @Coroutine
  public static void assertAll(CoroutineRunnable... bodies) {
    assertAll(null, List.of(bodies));
  }

  /**
   * Runs all bodies, one after the other, and fails if any of them does, with all their failures.
   *
   * @param heading what the failure says first; null for nothing
   * @param bodies what to run
   */
  @Coroutine
  public static void assertAll(@Nullable String heading, CoroutineRunnable... bodies) {
    assertAll(heading, List.of(bodies));
  }

  /**
   * Runs all bodies, one after the other, and fails if any of them does, with all their failures.
   *
   * @param bodies what to run
   */
  @Coroutine
  public static void assertAll(Collection<? extends CoroutineRunnable> bodies) {
    assertAll(null, bodies);
  }

  /**
   * Runs all bodies, one after the other, and fails if any of them does, with all their failures.
   *
   * @param heading what the failure says first; null for nothing
   * @param bodies what to run
   */
  @Coroutine
  public static void assertAll(
      @Nullable String heading, Collection<? extends CoroutineRunnable> bodies) {
    List<Throwable> failures = new ArrayList<>();
    for (CoroutineRunnable b : List.copyOf(bodies)) {
      try {
        b.run();
      } catch (TaskCancelled | OutOfMemoryError e) {
        throw e;
      } catch (Throwable t) {
        failures.add(t);
      }
    }
    if (!failures.isEmpty()) {
      MultipleFailuresError e = new MultipleFailuresError(heading, failures);
      failures.forEach(e::addSuppressed);
      throw e;
    }
  }
}
