package dev.coweave.benchmarks.programs;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import plain.PlainProgram;

/** How long a small program takes from its beginning to its end, plain and woven; with the agent; and both with an AOT cache (JEP 483), from JDK 25 on. */
final class Starting {
  private static final int ROUNDS = 15;
  private static final int FIRST_WITH_CACHES = 25;
  private static final String PLAIN = "without coroutines";

  private Starting() {}

  static List<Measured> measured(Path directory, Path agent) {
    Measured start = new Measured("start a small program that was woven when it was built: ms");
    compare(start, PlainProgram.class, List.of(), WovenProgram.class, List.of());
    Measured withAgent =
        new Measured("start a small program without coroutines with the agent: ms");
    compare(
        withAgent,
        PlainProgram.class,
        List.of(),
        PlainProgram.class,
        List.of("-javaagent:" + agent));
    if (Runtime.version().feature() < FIRST_WITH_CACHES) {
      return List.of(start, withAgent);
    }
    Measured cached = new Measured("the same, each with an AOT cache: ms", Map.of(PLAIN, "≤ 1.0"));
    compare(
        cached,
        PlainProgram.class,
        cache(directory, PlainProgram.class),
        WovenProgram.class,
        cache(directory, WovenProgram.class));
    return List.of(start, cached, withAgent);
  }

  private static List<String> cache(Path directory, Class<?> main) {
    Path file = directory.resolve(main.getSimpleName() + ".aot");
    Child.run(List.of("-XX:AOTCacheOutput=" + file, "-Xlog:disable"), main);
    return List.of("-XX:AOTCache=" + file);
  }

  /** The medians, of runs in turn. */
  private static void compare(
      Measured start,
      Class<?> plain,
      List<String> plainOptions,
      Class<?> ours,
      List<String> options) {
    double[] plainTimes = new double[ROUNDS];
    double[] times = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      times[i] = time(ours, options);
      plainTimes[i] = time(plain, plainOptions);
    }
    start.put(Measured.OURS, median(times));
    start.put(PLAIN, median(plainTimes));
  }

  private static double time(Class<?> main, List<String> options) {
    long begin = System.nanoTime();
    Child.run(options, main);
    return (System.nanoTime() - begin) / 1e6;
  }

  private static double median(double[] times) {
    Arrays.sort(times);
    return times[times.length / 2];
  }
}
