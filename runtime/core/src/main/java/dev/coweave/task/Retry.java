package dev.coweave.task;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Does something again where it fails, after a pause that grows: C#'s Polly, kotlinx's {@code Flow.retryWhen}.
 *
 * <pre>{@code
 * String page = Retry.upTo(5).backOff(Duration.ofMillis(100), Duration.ofSeconds(10)).on(IOException.class).call(() -> fetch(uri));
 * }</pre>
 *
 * <p>The pause before attempt n is a random part of first × 2<sup>n-2</sup>, and of the longest at most: "full jitter", so that those who failed
 * together don't come back together (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015). A virtual clock's seed decides
 * the pauses too. Attempts without pauses let other tasks run now and then. An {@link Error}, so also a cancellation, is never tried again. Immutable.
 */
@Stamp(abi = Stamp.ABI)
public final class Retry {
  private final int attempts;
  private final long first;
  private final long longest;
  private final Class<? extends Exception> failures;

  private Retry(int attempts, long first, long longest, Class<? extends Exception> failures) {
    this.attempts = attempts;
    this.first = first;
    this.longest = longest;
    this.failures = failures;
  }

  /**
   * Tries so often, without pauses until {@link #backOff} says otherwise, whatever exception it fails with.
   *
   * @param attempts the first included; positive
   */
  public static Retry upTo(int attempts) {
    if (attempts < 1) {
      throw new IllegalArgumentException("Retry.upTo(" + attempts + "): there is a first attempt");
    }
    return new Retry(attempts, 0, 0, Exception.class);
  }

  /**
   * Pauses between attempts.
   *
   * @param first the longest pause before the second attempt; it doubles with each
   * @param longest what no pause exceeds
   * @throws IllegalArgumentException if either is negative
   */
  public Retry backOff(Duration first, Duration longest) {
    if (first.isNegative() || longest.isNegative()) {
      throw new IllegalArgumentException("Retry.backOff(" + first + ", " + longest + ")");
    }
    return new Retry(attempts, Timer.nanos(first), Timer.nanos(longest), failures);
  }

  /**
   * Tries again after failures of a class alone.
   *
   * @param failures the class
   */
  public Retry on(Class<? extends Exception> failures) {
    return new Retry(attempts, first, longest, Objects.requireNonNull(failures, "failures"));
  }

  /**
   * Does it, again where it fails.
   *
   * @param body what to do
   * @param <T> the type of its result
   * @return its result
   * @throws Exception the last attempt's failure, as it is, with the 16 before it suppressed, the latest first
   */
  @Coroutine
  public <T extends @Nullable Object> T call(CoroutineCallable<T> body) throws Exception {
    return PlainCall.run(Attempts.OPERATION, c -> call(body, c));
  }

  /**
   * The twin of {@link #call(CoroutineCallable)}; not for users.
   *
   * @hidden
   */
  public <T extends @Nullable Object> T call(CoroutineCallable<T> body, Continuation c)
      throws Exception {
    return new Attempts<>(this, Objects.requireNonNull(body, "body")).run(c);
  }

  /**
   * Whether a failure is tried again.
   *
   * @param attempt the one that failed, from 1
   */
  boolean again(int attempt, Throwable failure) {
    return attempt < attempts && failures.isInstance(failure);
  }

  /** The longest pause after an attempt, in nanoseconds. */
  long pauseAfter(int attempt) {
    long doubled =
        attempt > 62 || first > (Long.MAX_VALUE >> attempt) ? longest : first << (attempt - 1);
    return Math.min(doubled, longest);
  }
}
