package dev.coweave.benchmarks.programs;

import dev.coweave.Coroutine;
import dev.coweave.benchmarks.KotlinPrograms;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Whether the cost of one grows with their number, from a hundred to a million. */
final class Growth {
  static final List<Integer> NUMBERS = List.of(100, 1_000, 10_000, 100_000, 1_000_000);
  private static final String TASKS = "task that starts, pauses and ends";
  private static final String SLEEPS = "task that sleeps, each for another time";
  private static final String DEPTH = "call under which one pauses";
  private static final List<String> JVM = List.of("-Xms2g", "-Xmx2g", "-Xmn1g", "-XX:+UseSerialGC");

  /** For Kotlin's deep calls, which unwind the stack only after they have filled it. */
  private static final long STACK = 1L << 30;

  private static final int ROUNDS = 7;

  /** Each number is measured for this long, and at least for so many rounds. */
  private static final long TIME = 400_000_000;

  private Growth() {}

  private interface Work {
    long run(int n) throws Exception;
  }

  /**
   * One way of a piece of work; prints the nanoseconds of each for each number.
   *
   * @param args the work and the way
   */
  public static void main(String[] args) throws Exception {
    boolean ours = args[1].equals(Measured.OURS);
    Work work =
        switch (args[0]) {
          case TASKS -> ours ? n -> EventLoop.run(() -> tasks(n)) : KotlinPrograms::tasks;
          case SLEEPS -> n -> EventLoop.run(new VirtualClock(), () -> sleeps(n));
          case DEPTH -> ours ? n -> EventLoop.run(() -> descend(n)) : KotlinPrograms::depth;
          default -> throw new IllegalArgumentException(args[0]);
        };
    Thread thread = new Thread(null, () -> measure(work), "growth", STACK);
    thread.start();
    thread.join();
    System.exit(0);
  }

  private static void measure(Work work) {
    try {
      time(work, 10_000); // for the JIT
      for (int n : NUMBERS) {
        System.out.println(time(work, n) / n);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** The least of several rounds. */
  private static double time(Work work, int n) throws Exception {
    long least = Long.MAX_VALUE;
    long begin = System.nanoTime();
    for (int round = 0; round < ROUNDS || System.nanoTime() - begin < TIME; round++) {
      long before = System.nanoTime();
      if (work.run(n) < 0) {
        throw new AssertionError();
      }
      least = Math.min(least, System.nanoTime() - before);
    }
    return least;
  }

  @Coroutine
  private static long tasks(int n) throws Exception {
    long[] sum = new long[1];
    try (TaskScope scope = TaskScope.open()) {
      for (int i = 0; i < n; i++) {
        long number = i;
        scope.fork(() -> pause(sum, number));
      }
      scope.join();
    }
    return sum[0];
  }

  @Coroutine
  private static void pause(long[] sum, long number) {
    Task.yield();
    sum[0] += number;
  }

  @Coroutine
  private static long sleeps(int n) throws Exception {
    try (TaskScope scope = TaskScope.open()) {
      for (int i = 0; i < n; i++) {
        Duration time = Duration.ofNanos(Math.floorMod(i * 0x9E3779B9, 1_000_000_000));
        scope.fork(() -> Task.sleep(time));
      }
      scope.join();
    }
    return n;
  }

  @Coroutine
  private static long descend(int depth) {
    if (depth == 0) {
      Task.yield();
      return 0;
    }
    return descend(depth - 1) + 1;
  }

  /** The figures of each work and way: {@code {"task that …": {"Kotlin": [..]}}}. */
  static Map<String, Map<String, List<Double>>> measured() {
    Map<String, Map<String, List<Double>>> curves = new LinkedHashMap<>();
    for (String work : List.of(TASKS, SLEEPS, DEPTH)) {
      Map<String, List<Double>> ways = new LinkedHashMap<>();
      for (String way : List.of(Measured.OURS, "Kotlin")) {
        if (way.equals(Measured.OURS) || !work.equals(SLEEPS)) {
          List<Double> figures = new ArrayList<>();
          try (Child child = Child.start(JVM, Growth.class, work, way)) {
            NUMBERS.forEach(n -> figures.add(child.number()));
          }
          ways.put(way, figures);
        }
      }
      curves.put(work, ways);
    }
    return curves;
  }

  static void print(Map<String, Map<String, List<Double>>> curves) {
    System.out.println();
    System.out.println(
        NUMBERS.stream()
            .map(n -> String.format(Locale.ROOT, " %,d |", n))
            .collect(Collectors.joining("", "| ns each, of so many | by |", "")));
    System.out.println("|---|---|" + "--:|".repeat(NUMBERS.size()));
    curves.forEach(
        (work, ways) ->
            ways.forEach(
                (way, figures) ->
                    System.out.println(
                        figures.stream()
                            .map(f -> String.format(Locale.ROOT, " %.1f |", f))
                            .collect(
                                Collectors.joining("", "| " + work + " | " + way + " |", "")))));
  }
}
