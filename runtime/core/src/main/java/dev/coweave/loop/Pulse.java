package dev.coweave.loop;

import dev.coweave.coroutine.Settings;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;

/** Shows other threads how a loop's thread moves on: whether it sleeps, and for how long it has been in one step. */
final class Pulse {
  // Each step costs one store, which is ordered but needs no fence: who reads a count sees all that
  // the steps before have written. Time is read by the watchdog alone.
  //
  //        wakes             step            sleeps
  //   even ─────► odd ─────► odd + 2 ─────► even ─────► …

  /** How long a step may last that nobody set another limit for, in nanoseconds; 0 for no limit. */
  private static final long LIMIT = TimeUnit.MILLISECONDS.toNanos(Settings.SLOW_STEP);

  private static final VarHandle COUNT;

  static {
    try {
      COUNT = MethodHandles.lookup().findVarHandle(Pulse.class, "count", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Clock clock;

  /** Odd in a step, even asleep. */
  private long count;

  /** How long a step may be, in nanoseconds; 0 for any. */
  volatile long limit = LIMIT;

  // The watchdog's.
  private long seen;
  private long since;
  private boolean told;
  private volatile long longest;

  Pulse(Clock clock) {
    this.clock = clock;
  }

  // ---- the loop's thread

  /** Another step begins. */
  void step() {
    COUNT.setRelease(this, count + 2);
  }

  void sleeps() {
    COUNT.setRelease(this, count + 1);
  }

  void wakes() {
    COUNT.setRelease(this, count + 1);
  }

  // ---- any thread

  /** A number that changes with each step and each sleep. */
  long get() {
    return (long) COUNT.getAcquire(this);
  }

  /** The longest step that the watchdog has seen, in nanoseconds. */
  long longest() {
    return longest;
  }

  // ---- the watchdog

  /** Looks whether the loop has moved on since the last look. Returns whether it is in a step. */
  boolean look() {
    long now = clock.nanoTime();
    long c = get();
    if (c != seen) {
      seen = c;
      since = now;
      told = false;
    } else if (isInStep()) {
      longest = Math.max(longest, now - since);
    }
    return isInStep();
  }

  private boolean isInStep() {
    return (seen & 1) == 1;
  }

  /** Whether the step that was looked at is too long, and nobody has been told of it. */
  boolean isTooLong() {
    // Asked last: a virtual clock jumps while the loop sleeps, and then no step has lasted so long.
    return isInStep() && !told && limit > 0 && lasted() >= limit && get() == seen;
  }

  /** How long that step has lasted, in nanoseconds. */
  long lasted() {
    return clock.nanoTime() - since;
  }

  void told() {
    told = true;
  }
}
