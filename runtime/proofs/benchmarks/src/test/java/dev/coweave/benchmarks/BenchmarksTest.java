package dev.coweave.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** The benchmarks compare equal work, and run. What they measure is not looked at here. */
class BenchmarksTest {
  static Stream<Class<? extends Comparison>> benchmarks() {
    return Row.ALL.stream().map(Row::benchmark);
  }

  private static Stream<Method> ways(Class<?> benchmark) {
    return Arrays.stream(benchmark.getMethods())
        .filter(m -> m.isAnnotationPresent(Benchmark.class))
        .filter(m -> VirtualThreads.AVAILABLE || !m.getName().equals(Peer.virtual.name()));
  }

  /** A benchmark on which what JMH would do before each call has been done. */
  private static Comparison prepared(Class<? extends Comparison> benchmark) throws Exception {
    Comparison comparison = benchmark.getDeclaredConstructor().newInstance();
    for (Method m : benchmark.getMethods()) {
      Setup setup = m.getAnnotation(Setup.class);
      if (setup != null && setup.value() == Level.Invocation) {
        m.invoke(comparison);
      }
    }
    return comparison;
  }

  @ParameterizedTest
  @MethodSource("benchmarks")
  void all_ways_of_a_benchmark_return_the_same(Class<? extends Comparison> benchmark)
      throws Exception {
    long expected = prepared(benchmark).woven();
    for (Method way : ways(benchmark).toList()) {
      assertEquals(expected, way.invoke(prepared(benchmark)), way.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("benchmarks")
  void each_way_is_a_peer_with_a_title(Class<? extends Comparison> benchmark) {
    Set<String> peers = Arrays.stream(Peer.values()).map(Peer::name).collect(Collectors.toSet());
    peers.add("woven");
    assertEquals(
        Set.of(),
        ways(benchmark)
            .map(Method::getName)
            .filter(n -> !peers.contains(n))
            .collect(Collectors.toSet()));
  }

  @Test
  void jmh_runs_them() throws Exception {
    Options options =
        new OptionsBuilder()
            .include(AwaitBenchmark.class.getName() + "|" + YieldAllBenchmark.class.getName())
            .forks(0)
            .warmupIterations(0)
            .measurementIterations(1)
            .measurementTime(TimeValue.milliseconds(10))
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .build();
    assertEquals(3 + 2 * 3, new Runner(options).run().size());
  }

  @Test
  void a_parked_task_takes_some_bytes() throws Exception {
    assertFalse(ParkedTask.limit(1) <= 0);
    assertTrue(ParkedTask.woven(1) > 0);
    assertTrue(ParkedTask.asleep() > 0);
    assertTrue(ParkedTask.awaitingTask() > 0);
    assertTrue(ParkedTask.awaitingFuture() > 0);
    assertTrue(ParkedTask.receiving() > 0);
  }
}
