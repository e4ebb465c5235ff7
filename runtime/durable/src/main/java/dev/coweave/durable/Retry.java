package dev.coweave.durable;

import java.time.Duration;

/**
 * How often a step that fails is tried, and how long the run waits in between; while it waits it takes no thread and no memory.
 *
 * <pre>{@code Durable.step("charge", Retry.times(5).backoff(Duration.ofSeconds(1)), key -> bank.charge(o, key)); }</pre>
 *
 * @param times how many attempts there are, the first included
 * @param first how long after the first
 * @param factor by how much each wait is longer than the one before
 * @param longest the longest wait
 */
public record Retry(int times, Duration first, double factor, Duration longest) {
  /** One attempt: what the step throws is thrown. */
  public static final Retry NEVER = new Retry(1, Duration.ZERO, 1, Duration.ZERO);

  /** So many attempts, a second after the first, twice as long after each that follows, an hour at most. */
  public static Retry times(int times) {
    return new Retry(times, Duration.ofSeconds(1), 2, Duration.ofHours(1));
  }

  /** The same with another wait after the first attempt. */
  public Retry backoff(Duration first) {
    return new Retry(times, first, factor, longest);
  }

  /** How long to wait after so many attempts, in milliseconds. */
  long delay(int attempts) {
    double millis = first.toMillis() * Math.pow(factor, attempts - 1);
    return (long) Math.min(millis, longest.toMillis());
  }
}
