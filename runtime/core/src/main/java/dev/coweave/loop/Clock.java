package dev.coweave.loop;

/** The time that a loop's timers go by. Thread-safe. */
@FunctionalInterface
public interface Clock {
  /** Nanoseconds since an arbitrary origin; never goes back. */
  long nanoTime();

  /** The JVM's {@link System#nanoTime}. */
  static Clock system() {
    return SystemClock.INSTANCE;
  }
}
