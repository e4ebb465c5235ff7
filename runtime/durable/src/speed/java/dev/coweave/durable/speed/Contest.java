package dev.coweave.durable.speed;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The same workflow, so many steps in a row of which each returns a number, as each engine runs it: many of them at once, and one. */
interface Contest extends AutoCloseable {
  /** The engine and its database. */
  String name();

  /** Starts a workflow; what is returned waits for its result, the sum of its steps' numbers. */
  Callable<Integer> start(String id, int steps);

  @Override
  void close() throws Exception;

  /** What is measured: workflows at once, and the steps of each. */
  record Load(int runs, int steps) {}

  /** Steps a second, from the first start until the last result. */
  static double measure(Contest engine, String prefix, Load load) throws Exception {
    long begin = System.nanoTime();
    List<Callable<Integer>> results = new ArrayList<>();
    for (int i = 0; i < load.runs; i++) {
      results.add(engine.start(prefix + "-" + i, load.steps));
    }
    int sum = load.steps * (load.steps - 1) / 2;
    for (Callable<Integer> result : results) {
      if (result.call() != sum) {
        throw new AssertionError("a wrong sum");
      }
    }
    return load.runs * (double) load.steps / (System.nanoTime() - begin) * 1e9;
  }

  private static long cpu() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /**
   * Measures a warm-up and then {@code times} rounds of each load, the engines in turns, and prints them.
   *
   * @return the most steps a second, by engine and then by load
   */
  static double[][] rounds(List<Contest> engines, List<Load> loads, int times) throws Exception {
    double[][] best = new double[engines.size()][loads.size()];
    for (int round = 0; round <= times; round++) {
      for (int l = 0; l < loads.size(); l++) {
        for (int e = 0; e < engines.size(); e++) {
          double speed = measured(engines.get(e), loads.get(l), round, "-" + round + "-" + l);
          best[e][l] = round == 0 ? 0 : Math.max(best[e][l], speed);
        }
      }
    }
    return best;
  }

  private static double measured(Contest engine, Load load, int round, String suffix)
      throws Exception {
    long cpu = cpu();
    double speed = measure(engine, engine.name() + suffix, load);
    System.out.printf(
        Locale.ROOT,
        "%-24s %5d runs of %4d steps: %,8.0f steps/s, %4.0f µs of this process's CPU a step%s%n",
        engine.name(),
        load.runs,
        load.steps,
        speed,
        (cpu() - cpu) / 1e3 / load.runs / load.steps,
        round == 0 ? "  (warm-up)" : "");
    return speed;
  }
}
