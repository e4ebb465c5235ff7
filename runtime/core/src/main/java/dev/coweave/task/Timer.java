package dev.coweave.task;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Something that happens at a time, such as the end of a sleep; an entry of a scheduler's heap of timers. Its fields belong to
 * the scheduler.
 *
 * @hidden
 */
public abstract class Timer {
  /** Longer delays, of more than a hundred years, count as this: so the deadline doesn't overflow. */
  public static final long LONGEST = Long.MAX_VALUE / 2;

  /** When it fires, in nanoseconds of the scheduler's clock. */
  public long deadline;

  /** Orders timers of the same deadline: first come, first served. */
  public long order;

  /** Where the heap keeps it; negative while it is in none. */
  public int slot = -1;

  /** How the scheduler finds it again, if not by {@link #slot}. */
  public @Nullable Object handle;

  /** For subclasses. */
  protected Timer() {}

  /** Its time has come. Called on the scheduler's thread; must not block. */
  public abstract void fire();

  /**
   * A duration in nanoseconds that a deadline can be reckoned with.
   *
   * @param time any
   */
  public static long nanos(Duration time) {
    try {
      return Math.min(time.toNanos(), LONGEST);
    } catch (ArithmeticException e) {
      return time.isNegative() ? 0 : LONGEST;
    }
  }
}
