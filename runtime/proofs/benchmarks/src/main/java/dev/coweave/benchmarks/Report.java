package dev.coweave.benchmarks;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the benchmarks and prints them as a table, each beside its limit. */
public final class Report {
  /**
   * One line of the table.
   *
   * @param benchmark says what its limit is
   * @param work what it measures
   * @param goal the ratio that is aimed at
   */
  record Row(Class<? extends Comparison> benchmark, String work, String goal) {}

  static final List<Row> ROWS =
      List.of(
          new Row(GeneratorBenchmark.class, "generator in a for-each, an element", "1.1"),
          new Row(MegamorphicGeneratorBenchmark.class, "the same, the consumer megamorphic", "1.6"),
          new Row(TreeWalkBenchmark.class, "recursive tree walk, a node", "5"),
          new Row(AwaitBenchmark.class, "await of a completed future", "1.05"),
          new Row(CallBenchmark.class, "call that doesn't wait, not inlined", "1.05"),
          new Row(SwitchBenchmark.class, "switch between two tasks", "1.1"),
          new Row(TickBenchmark.class, "turn of one of 100,000 scripts of a tick loop", "3"),
          new Row(KotlinFlowBenchmark.class, "async generator, an element, ÷ Kotlin's flow", "1"),
          new Row(ReactorBenchmark.class, "the same, ÷ Reactor's generate", "1"),
          new Row(RxJavaBenchmark.class, "the same, ÷ RxJava's generate", "1"),
          new Row(DepthBenchmark.class, "suspension under 100 callers", ""),
          new Row(UnwindBenchmark.class, "unwinding and resuming 100 callers, a frame", ""));

  private Report() {}

  /**
   * Runs them.
   *
   * @param args JMH's options, such as {@code -f 1 -wi 3 -i 3} for a shorter run, or a pattern of
   *     names
   * @throws Exception when JMH fails
   */
  public static void main(String[] args) throws Exception {
    Options options =
        new OptionsBuilder()
            .parent(new CommandLineOptions(args))
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            .build();
    print(new Runner(options).run());
  }

  private static void print(Collection<RunResult> results) throws Exception {
    System.out.printf(
        "%n%s %s, %d processors%n%n",
        System.getProperty("java.vm.name"),
        System.getProperty("java.version"),
        Runtime.getRuntime().availableProcessors());
    System.out.println("| work | limit, ns | woven, ns | ratio | goal | limit, B | woven, B |");
    System.out.println("|---|--:|--:|--:|--:|--:|--:|");
    for (Row row : ROWS) {
      RunResult limit = find(results, row, "limit");
      RunResult woven = find(results, row, "woven");
      if (limit != null && woven != null) {
        print(row, limit, woven);
      }
    }
    System.out.println();
    System.out.println("| bytes of a parked task | limit | woven | goal |");
    System.out.println("|---|--:|--:|--:|");
    printParked(1, 96);
    printParked(3, 160);
  }

  private static RunResult find(Collection<RunResult> results, Row row, String method) {
    String name = row.benchmark().getName() + "." + method;
    return results.stream()
        .filter(r -> r.getParams().getBenchmark().equals(name))
        .findFirst()
        .orElse(null);
  }

  private static void print(Row row, RunResult limit, RunResult woven) {
    double limitTime = limit.getPrimaryResult().getScore();
    double wovenTime = woven.getPrimaryResult().getScore();
    System.out.printf(
        Locale.ROOT,
        "| %s | %.2f | %.2f | %.2f | %s | %.1f | %.1f |%n",
        row.work(),
        limitTime,
        wovenTime,
        wovenTime / limitTime,
        row.goal(),
        allocated(limit),
        allocated(woven));
  }

  private static double allocated(RunResult result) {
    Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
    return bytes == null ? Double.NaN : bytes.getScore();
  }

  private static void printParked(int depth, int goal) throws Exception {
    System.out.printf(
        Locale.ROOT,
        "| at depth %d | %.0f | %.0f | %d |%n",
        depth,
        ParkedTask.limit(depth),
        ParkedTask.woven(depth),
        goal);
  }
}
