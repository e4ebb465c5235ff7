package dev.coweave.loop;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A clock for tests: it stands still while a task is ready or a worker thread is busy, and jumps to the next timer when the loop
 * is idle; while tasks wait for channels, a moment after it became idle. So a test of hours runs in milliseconds, and always alike. For one loop at a time; may be read by any thread.
 */
public final class VirtualClock implements Clock {
  /** Set without a fence, which each jump would wait for: whoever else reads the clock sees it a little later. */
  private final AtomicLong now = new AtomicLong();

  private final @Nullable SplittableRandom order;
  private final SplittableRandom choices;

  /** A clock that starts at 0. */
  public VirtualClock() {
    this.order = null;
    this.choices = new SplittableRandom(0);
  }

  /**
   * A clock that starts at 0, whose loop runs tasks that are ready at the same time in an order that depends on a seed: to look for orders in
   * which a program fails, and to run it in that order again.
   *
   * @param seed any; the same seed makes the same order
   */
  public VirtualClock(long seed) {
    this.order = new SplittableRandom(seed); // whose first number depends on all of the seed
    this.choices = new SplittableRandom(~seed);
  }

  /** Shuffles the ready tasks; null for first in, first out. */
  @Nullable SplittableRandom order() {
    return order;
  }

  /** A random choice of a task; on the loop's thread. */
  int random(int bound) {
    return choices.nextInt(bound);
  }

  @Override
  public long nanoTime() {
    return now.getAcquire();
  }

  /** How far it has come since its start. */
  public Duration elapsed() {
    return Duration.ofNanos(nanoTime());
  }

  /** The loop is idle until a time. */
  void jumpTo(long nanos) {
    if (nanos - nanoTime() > 0) {
      now.setRelease(nanos);
    }
  }

  @Override
  public String toString() {
    return "VirtualClock at " + elapsed();
  }
}
