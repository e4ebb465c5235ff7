package dev.coweave.task;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Something that happens at a time, such as the end of a sleep; an entry of a scheduler's heap of timers. What it keeps belongs to the
 * scheduler.
 *
 * @hidden
 */
public interface Timer {
  /** Longer delays, of more than a hundred years, count as this: so the deadline doesn't overflow. */
  long LONGEST = Long.MAX_VALUE / 2;

  /** Its time has come. Called on the scheduler's thread; must not block. */
  void fire();

  /** Where a heap keeps it, or kept it last; negative at first. */
  int slot();

  /** Sets {@link #slot()}. */
  void slot(int slot);

  /** How the scheduler finds it again, if it has no heap. */
  @Nullable Object handle();

  /** Sets {@link #handle()}. */
  void handle(@Nullable Object handle);

  /**
   * A duration in nanoseconds that a deadline can be reckoned with.
   *
   * @param time any
   */
  static long nanos(Duration time) {
    try {
      return Math.min(time.toNanos(), LONGEST);
    } catch (ArithmeticException e) {
      return time.isNegative() ? 0 : LONGEST;
    }
  }
}
