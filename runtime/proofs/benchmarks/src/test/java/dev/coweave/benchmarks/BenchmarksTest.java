package dev.coweave.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmarks compare equal work, and run. What they measure is not looked at here. */
class BenchmarksTest {
  static Stream<Class<? extends Comparison>> benchmarks() {
    return Report.ROWS.stream().map(Report.Row::benchmark);
  }

  @ParameterizedTest
  @MethodSource("benchmarks")
  void both_ways_of_a_benchmark_give_the_same_result(Class<? extends Comparison> benchmark)
      throws Exception {
    Comparison comparison = benchmark.getDeclaredConstructor().newInstance();
    long expected = comparison.limit();
    for (int i = 0; i < 3; i++) {
      assertEquals(expected, comparison.woven());
    }
  }

  @Test
  void jmh_runs_them() throws Exception {
    Options options =
        new OptionsBuilder()
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(10))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();
    assertEquals(2 * Report.ROWS.size(), new Runner(options).run().size());
  }

  @Test
  void a_parked_task_takes_some_bytes() throws Exception {
    assertFalse(ParkedTask.limit(1) <= 0);
    assertTrue(ParkedTask.woven(1) > 0);
  }
}
