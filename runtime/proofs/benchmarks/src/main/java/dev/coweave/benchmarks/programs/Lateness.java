package dev.coweave.benchmarks.programs;

import dev.coweave.Coroutine;
import dev.coweave.benchmarks.KotlinPrograms;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** How late a sleep ends beside a task that computes for a millisecond between yields. */
final class Lateness {
  static final int SLEEPS = 300;
  static final long SLEEP = 5_000_000;
  static final long COMPUTING = 1_000_000;

  private Lateness() {}

  /**
   * One way; prints the mean lateness in milliseconds.
   *
   * @param args the way
   */
  public static void main(String[] args) throws Exception {
    long late =
        args[0].equals(Measured.OURS)
            ? EventLoop.run(() -> woven())
            : KotlinPrograms.lateness(SLEEPS, SLEEP, COMPUTING);
    System.out.println((double) late / SLEEPS / 1e6);
    System.exit(0);
  }

  @Coroutine
  private static long woven() {
    Task<Void> computing = Task.start(() -> compute());
    long late = 0;
    for (int i = 0; i < SLEEPS; i++) {
      long begin = System.nanoTime();
      Task.sleep(Duration.ofNanos(SLEEP));
      late += System.nanoTime() - begin - SLEEP;
    }
    computing.cancel(false);
    return late;
  }

  @Coroutine
  private static void compute() {
    while (true) {
      long begin = System.nanoTime();
      while (System.nanoTime() - begin < COMPUTING) {
        Thread.onSpinWait();
      }
      Task.yield();
    }
  }

  static List<Measured> measured() {
    Measured late =
        new Measured(
            "sleep beside a task that computes a millisecond between yields: late by, ms",
            Map.of("Kotlin", "(ours ≤ 1.5)"));
    for (String way : List.of(Measured.OURS, "Kotlin")) {
      late.put(way, Child.run(List.of(), Lateness.class, way));
    }
    return List.of(late);
  }
}
