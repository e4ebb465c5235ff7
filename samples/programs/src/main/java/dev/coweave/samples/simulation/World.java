package dev.coweave.samples.simulation;

import dev.coweave.Coroutine;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.Locale;
import java.util.Random;

/** Time and chance of a simulation. Its time jumps from event to event; a minute of it is a unit. */
final class World {
  private static final double MINUTE = 60e9;

  final VirtualClock clock = new VirtualClock();
  private final Random random;

  World(long seed) {
    this.random = new Random(seed); // the same numbers in each JVM
  }

  double now() {
    return clock.nanoTime() / MINUTE;
  }

  static Duration minutes(double minutes) {
    return Duration.ofNanos((long) (minutes * MINUTE));
  }

  @Coroutine
  static void pass(double minutes) {
    Task.sleep(minutes(minutes));
  }

  double uniform(double from, double to) {
    return from + (to - from) * random.nextDouble();
  }

  /** A time between events that happen so often in the mean. */
  double exponential(double mean) {
    return -mean * StrictMath.log(1 - random.nextDouble());
  }

  /** By Marsaglia's polar method, of strict functions alone. */
  double normal(double mean, double deviation) {
    while (true) {
      double u = uniform(-1, 1);
      double v = uniform(-1, 1);
      double s = u * u + v * v;
      if (s > 0 && s < 1) {
        return Math.max(0, mean + deviation * u * StrictMath.sqrt(-2 * StrictMath.log(s) / s));
      }
    }
  }

  void say(String format, Object... args) {
    System.out.printf(Locale.ROOT, "%8.2f  %s%n", now(), String.format(Locale.ROOT, format, args));
  }
}
