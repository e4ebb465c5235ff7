package dev.coweave.loop;

import java.time.Duration;

/**
 * A clock for tests: it stands still while a task is ready or a worker thread is busy, and jumps to the next timer when the loop
 * is idle. So a test of hours runs in milliseconds, and always alike. For one loop at a time; may be read by any thread.
 */
public final class VirtualClock implements Clock {
  private volatile long now;

  /** A clock that starts at 0. */
  public VirtualClock() {}

  @Override
  public long nanoTime() {
    return now;
  }

  /** How far it has come since its start. */
  public Duration elapsed() {
    return Duration.ofNanos(now);
  }

  /** The loop is idle until a time. */
  void jumpTo(long nanos) {
    if (nanos > now) {
      now = nanos;
    }
  }

  @Override
  public String toString() {
    return "VirtualClock at " + elapsed();
  }
}
