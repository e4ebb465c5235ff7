package dev.coweave.javac;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the tool costs javac, beside a compilation without it. Of sources in other directories, with {@code -Djavac.rounds=10
 * -Djavac.sources=DIR -Djavac.classpath=…}; {@code -Djavac.warm=true} compiles again and again in one JVM, as build daemons do.
 */
class JavacCostTest {
  private static final int ROUNDS = Integer.getInteger("javac.rounds", 0);
  private static final String SOURCES = System.getProperty("javac.sources", "");
  private static final String CLASS_PATH = System.getProperty("javac.classpath", "");
  private static final String TOOL =
      System.getProperty("javac.tool", System.getProperty("java.class.path"));

  /** In each round, and in another order in each. */
  private static final Map<String, List<String>> WAYS = new LinkedHashMap<>();

  static {
    WAYS.put("without", List.of("-proc:none"));
    WAYS.put("off", List.of("-processorpath", TOOL, "-Acoweave=off"));
    WAYS.put("check", List.of("-processorpath", TOOL));
    WAYS.put("weave", List.of("-processorpath", TOOL, "-Acoweave=weave"));
  }

  @TempDir private Path temporary;

  /** Prints medians; nothing without {@code javac.rounds}. */
  @Test
  void times() throws Exception {
    Map<String, List<double[]>> all = new LinkedHashMap<>();
    WAYS.keySet().forEach(w -> all.put(w, new ArrayList<>()));
    Runner runner = Boolean.getBoolean("javac.warm") ? new Warm() : this::fresh;
    for (int i = 0; i < ROUNDS; i++) {
      List<String> ways = new ArrayList<>(WAYS.keySet());
      java.util.Collections.rotate(ways, i);
      for (String way : ways) {
        all.get(way).add(runner.run(arguments(way)));
      }
    }
    if (ROUNDS > 0) {
      all.forEach((way, times) -> print(way, times, all.get("without")));
    }
  }

  private interface Runner {
    /** Returns milliseconds of time, and of all processors. */
    double[] run(List<String> arguments) throws Exception;
  }

  private List<String> arguments(String way) throws IOException {
    Path classes = Files.createTempDirectory(temporary, way);
    List<String> result =
        new ArrayList<>(List.of("-nowarn", "-g", "-d", classes.toString(), "-cp", CLASS_PATH));
    result.addAll(WAYS.get(way));
    for (String directory : SOURCES.split(File.pathSeparator)) {
      try (Stream<Path> files = Files.walk(Path.of(directory))) {
        files
            .map(Path::toString)
            .filter(f -> f.endsWith(".java") && !f.endsWith("module-info.java"))
            .forEach(result::add);
      }
    }
    return result;
  }

  private double[] fresh(List<String> arguments) throws Exception {
    Path file = Files.write(temporary.resolve("arguments"), arguments);
    Process p =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                Path.of(
                        JavacCostTest.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString(),
                One.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    try (BufferedReader said = p.inputReader(StandardCharsets.UTF_8)) {
      List<String> lines = said.lines().toList();
      assertEquals(0, p.waitFor(), () -> String.join("\n", lines));
      return Arrays.stream(lines.get(lines.size() - 1).split(" "))
          .mapToDouble(Double::parseDouble)
          .toArray();
    }
  }

  /** A JVM that compiles once, and says how long it took since its start. */
  static final class One {
    private One() {}

    public static void main(String[] args) throws IOException {
      compile(Files.readAllLines(Path.of(args[0])));
      OperatingSystemMXBean system =
          (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      long wall = System.currentTimeMillis() - ManagementFactory.getRuntimeMXBean().getStartTime();
      System.out.println(wall + " " + system.getProcessCpuTime() / 1e6);
    }
  }

  /** This JVM, which has compiled before. */
  private static final class Warm implements Runner {
    private static final int FIRST = 5;
    private int runs;

    @Override
    public double[] run(List<String> arguments) throws IOException {
      for (; runs < FIRST; runs++) {
        compile(arguments);
      }
      OperatingSystemMXBean system =
          (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
      long cpu = system.getProcessCpuTime();
      long wall = System.nanoTime();
      compile(arguments);
      return new double[] {
        (System.nanoTime() - wall) / 1e6, (system.getProcessCpuTime() - cpu) / 1e6
      };
    }
  }

  private static void compile(List<String> arguments) throws IOException {
    List<String> options = arguments.stream().filter(a -> !a.endsWith(".java")).toList();
    List<String> sources = arguments.stream().filter(a -> a.endsWith(".java")).toList();
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
      boolean ok =
          javac
              .getTask(
                  said, files, null, options, null, files.getJavaFileObjectsFromStrings(sources))
              .call();
      if (!ok) {
        throw new AssertionError(said);
      }
    }
  }

  private static void print(String way, List<double[]> times, List<double[]> without) {
    System.out.printf(
        Locale.ROOT,
        "%-8s %6.0f ms %6.0f ms of processors   x %.3f   x %.3f%n",
        way,
        median(times, 0),
        median(times, 1),
        ratio(times, without, 0),
        ratio(times, without, 1));
  }

  private static double median(List<double[]> times, int what) {
    return times.stream().mapToDouble(t -> t[what]).sorted().toArray()[times.size() / 2];
  }

  /** The median of the pairs' ratios. */
  private static double ratio(List<double[]> times, List<double[]> without, int what) {
    double[] ratios = new double[times.size()];
    Arrays.setAll(ratios, i -> times.get(i)[what] / without.get(i)[what]);
    Arrays.sort(ratios);
    return ratios[ratios.length / 2];
  }
}
