package dev.coweave.benchmarks;

import dev.coweave.benchmarks.programs.Programs;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the benchmarks and prints them as a table, each beside its peers. */
public final class Report {
  private Report() {}

  /**
   * Runs them.
   *
   * @param args JMH's options, such as {@code -f 1 -wi 3 -i 3} for a shorter run, or a pattern of names; or {@code programs} and the
   *     names of those to run
   * @throws Exception when JMH fails
   */
  public static void main(String[] args) throws Exception {
    if (args.length > 0 && args[0].equals("programs")) {
      Programs.main(Arrays.copyOfRange(args, 1, args.length));
      return;
    }
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .parent(new CommandLineOptions(args))
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true);
    if (!VirtualThreads.AVAILABLE) {
      options.exclude("\\." + Peer.virtual.name() + "$");
    }
    print(new Runner(options.build()).run());
  }

  private static void print(Collection<RunResult> results) throws Exception {
    System.out.printf(
        "%n%s %s, %d processors%n%n",
        System.getProperty("java.vm.name"),
        System.getProperty("java.version"),
        Runtime.getRuntime().availableProcessors());
    System.out.println("| work | ns | B | beside | ns | B | ratio | goal |");
    System.out.println("|---|--:|--:|---|--:|--:|--:|--:|");
    for (Row row : Row.ALL) {
      byParameters(results, row).forEach((parameters, ways) -> print(row, parameters, ways));
    }
    System.out.println();
    System.out.println("| bytes of a parked task | by hand | woven | goal |");
    System.out.println("|---|--:|--:|--:|");
    printParked("at depth 1", 1, ParkedTask.woven(1), 96);
    printParked("at depth 3", 3, ParkedTask.woven(3), 160);
    printParked("at depth 1, asleep", 1, ParkedTask.asleep(), 150);
    printParked("at depth 1, awaiting a task", 1, ParkedTask.awaitingTask(), 130);
    printParked("at depth 1, awaiting a future", 1, ParkedTask.awaitingFuture(), 130);
    printParked("at depth 1, receiving", 1, ParkedTask.receiving(), 120);
  }

  /** The results of a row, by its parameters and then by the names of its methods. */
  private static Map<String, Map<String, RunResult>> byParameters(
      Collection<RunResult> results, Row row) {
    Map<String, Map<String, RunResult>> found = new TreeMap<>();
    for (RunResult r : results) {
      BenchmarkParams p = r.getParams();
      String name = p.getBenchmark();
      List<String> values = p.getParamsKeys().stream().map(p::getParam).toList();
      String parameters = String.join(", ", values);
      if (row.isFor(name, parameters)) {
        found
            .computeIfAbsent(parameters, k -> new TreeMap<>())
            .put(name.substring(name.lastIndexOf('.') + 1), r);
      }
    }
    return found;
  }

  private static void print(Row row, String parameters, Map<String, RunResult> ways) {
    RunResult woven = ways.get("woven");
    String work = parameters.isEmpty() ? row.work() : row.work() + ": " + parameters;
    for (Peer peer : Peer.values()) {
      RunResult other = ways.get(peer.name());
      if (woven != null && other != null) {
        Double goal = row.goals().get(peer);
        System.out.printf(
            Locale.ROOT,
            "| %s | %.2f | %.1f | %s | %.2f | %.1f | %.2f | %s |%n",
            work,
            time(woven),
            allocated(woven),
            peer.title(),
            time(other),
            allocated(other),
            time(woven) / time(other),
            goal == null ? "" : goal.toString());
      }
    }
  }

  /** The fastest iteration: other programs only make one slower, and those on the same core of a host do so by half, for minutes. */
  private static double time(RunResult result) {
    return result.getPrimaryResult().getStatistics().getMin();
  }

  private static double allocated(RunResult result) {
    Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
    return bytes == null ? Double.NaN : bytes.getScore();
  }

  private static void printParked(String work, int depth, double bytes, int goal) {
    System.out.printf(
        Locale.ROOT, "| %s | %.0f | %.0f | %d |%n", work, ParkedTask.limit(depth), bytes, goal);
  }
}
