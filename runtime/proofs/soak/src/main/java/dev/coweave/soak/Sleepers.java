package dev.coweave.soak;

import dev.coweave.Coroutine;
import dev.coweave.loop.Clock;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Very many tasks on one loop: they start, are all asleep at once, and end, each at its own time. */
final class Sleepers {
  private static final int COLLECTIONS = 3;

  private final int tasks;
  private final Duration time;
  private int asleep;
  private int most;
  private int ended;

  /** The sum of the numbers of those that have ended. */
  private long numbers;

  private Sleepers(int tasks, Duration time) {
    this.tasks = tasks;
    this.time = time;
  }

  /**
   * Runs them.
   *
   * @param tasks how many
   * @param time how long each sleeps; and up to a second more, so that they don't wake in order
   * @return whether all were asleep at once, and each has ended
   */
  static boolean run(Clock clock, int tasks, Duration time, PrintStream out) throws Exception {
    Sleepers sleepers = new Sleepers(tasks, time);
    return EventLoop.run(clock, () -> sleepers.startAndJoin(out));
  }

  @Coroutine
  private boolean startAndJoin(PrintStream out) {
    long before = used();
    long start = System.nanoTime();
    try (TaskScope scope = TaskScope.open()) {
      for (int i = 0; i < tasks; i++) {
        int number = i;
        scope.fork(() -> sleep(number));
      }
      Task.yield(); // each runs to its sleep
      long started = System.nanoTime();
      double bytes = (double) (used() - before) / tasks;
      print(
          out,
          "%,d tasks asleep after %,d ms, %.0f bytes each",
          most,
          millis(start, started),
          bytes);
      scope.join();
    }
    print(out, "%,d tasks ended after %,d ms", ended, millis(start, System.nanoTime()));
    return most == tasks && ended == tasks && numbers == (long) tasks * (tasks - 1) / 2;
  }

  @Coroutine
  private void sleep(int number) {
    most = Math.max(most, ++asleep);
    Task.sleep(time.plusMillis(Math.floorMod(number * 0x9E3779B9, 1000)));
    asleep--;
    ended++;
    numbers += number;
  }

  private static void print(PrintStream out, String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }

  private static long millis(long from, long to) {
    return (to - from) / 1_000_000;
  }

  private static long used() {
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
