package dev.coweave.libraries;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Each method of a library, and of its tests, is woven as a coroutine, and each call between two of them saves, unwinds and resumes: their
 * own tests must end as they end unwoven. CI runs one library; docs/verification.md has the commands for the others, and for any other.
 */
class LibrariesTest {
  private static final long PATIENCE_MINUTES = 30;

  private static final String SPY_OF_FINAL =
      "stubs a method of a Mockito spy of a final class: coroutines enter it without a look"
          + " (docs/neighbours.md)";

  /** Tests that must differ, and why. */
  private static final Map<String, String> DIFFERENT =
      Map.of(
          "[engine:junit-jupiter]/[class:org.apache.commons.csv.CSVFormatTest]/[method:testEqualsHash()]",
          "calls every public method whose name begins with 'with', as found by reflection, with"
              + " one argument: the twin has two",
          "[engine:junit-jupiter]/[class:org.apache.commons.text.lookup.ResourceBundleStringLookupTest]/[method:testExceptionGettingString()]",
          SPY_OF_FINAL,
          "[engine:junit-jupiter]/[class:org.apache.commons.text.lookup.UrlDecoderStringLookupTest]/[method:testExceptionGettingString()]",
          SPY_OF_FINAL,
          "[engine:junit-jupiter]/[class:org.apache.commons.text.lookup.UrlEncoderStringLookupTest]/[method:testExceptionGettingString()]",
          SPY_OF_FINAL);

  @TempDir Path directory;

  @DisabledIfSystemProperty(named = "library", matches = ".+")
  @ParameterizedTest
  @ValueSource(strings = {"commons-codec", "commons-collections4", "commons-csv", "commons-text"})
  void itsOwnTests_endAsUnwoven(String artifact) throws Exception {
    assumeTrue(artifact.equals("commons-codec") || Boolean.getBoolean("libraries.all"));
    compare(Library.ofThisModule(artifact));
  }

  @Test
  @EnabledIfSystemProperty(named = "library", matches = ".+")
  void theTestsOfAnyLibrary_endAsUnwoven() throws Exception {
    compare(Library.ofMaven(System.getProperty("library"), directory));
  }

  private void compare(Library library) throws Exception {
    FutureTask<Map<String, String>> beside =
        new FutureTask<>(() -> run(library, directory.resolve("unwoven"), List.of()));
    new Thread(beside, "unwoven").start();
    Path dump = directory.resolve("dump");
    Map<String, String> woven =
        run(
            library,
            directory.resolve("woven"),
            List.of(
                "-javaagent:"
                    + Path.of(System.getProperty("coweave.agent")).toRealPath()
                    + "=coroutines="
                    + library.pattern()
                    + ",dump="
                    + dump,
                "-Dcoweave.maxDepth=1"));
    Map<String, String> unwoven = beside.get();
    System.out.printf(
        "%s: %,d classes woven, %,d tests, %,d passed unwoven, %,d passed woven%n",
        library.artifact(), classes(dump), unwoven.size(), passed(unwoven), passed(woven));
    assertTrue(passed(unwoven) > 0 && classes(dump) > 0);
    assertEquals(List.of(), differences(unwoven, woven));
  }

  /** How many classes were woven; those of their frames are left out. */
  private static long classes(Path dump) throws IOException {
    try (Stream<Path> files = Files.walk(dump)) {
      return files
          .map(f -> f.getFileName().toString())
          .filter(n -> n.endsWith(".class") && !n.contains("$$"))
          .count();
    }
  }

  private static long passed(Map<String, String> results) {
    return results.values().stream().filter("SUCCESSFUL"::equals).count();
  }

  private static List<String> differences(Map<String, String> unwoven, Map<String, String> woven) {
    List<String> result = new ArrayList<>();
    unwoven.forEach(
        (test, before) -> {
          String after = woven.getOrDefault(test, "not run");
          if (!kind(before).equals(kind(after)) && !DIFFERENT.containsKey(test)) {
            result.add(test + "\n  unwoven: " + before + "\n  woven:   " + after);
          }
        });
    return result;
  }

  private static String kind(String outcome) {
    return outcome.split(" ", 2)[0];
  }

  /** In a directory of its own: tests leave files there, which others find. */
  private static Map<String, String> run(Library library, Path home, List<String> options)
      throws Exception {
    Files.createDirectories(home.resolve("target"));
    unpackFiles(library.tests(), home.resolve("src/test/resources"));
    Path results = home.resolve("results.txt");
    Path output = home.resolve("output.txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    // Older tests look into the JDK's objects; their own builds open what they need.
    for (String name : Object.class.getModule().getPackages()) {
      command.add("--add-opens=java.base/" + name + "=ALL-UNNAMED");
    }
    command.addAll(
        List.of(
            "-XX:+EnableDynamicAgentLoading",
            "-cp",
            library.classPath(),
            OwnTests.class.getName(),
            library.tests().toString(),
            results.toString()));
    Process process =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    assertEquals(0, process.waitFor(), () -> OwnTests.end(output));
    Map<String, String> byTest = new TreeMap<>();
    for (String line : Files.readAllLines(results)) {
      byTest.put(line.substring(0, line.indexOf('\t')), line.substring(line.indexOf('\t') + 1));
    }
    return byTest;
  }

  /** Some tests read their files from where they are in the library's source tree. */
  private static void unpackFiles(Path jar, Path resources) throws IOException {
    try (JarFile file = new JarFile(jar.toFile())) {
      for (Enumeration<JarEntry> e = file.entries(); e.hasMoreElements(); ) {
        JarEntry entry = e.nextElement();
        if (!entry.isDirectory() && !entry.getName().endsWith(".class")) {
          Path target = resources.resolve(entry.getName());
          Files.createDirectories(target.getParent());
          try (InputStream in = file.getInputStream(entry)) {
            Files.copy(in, target);
          }
        }
      }
    }
  }
}
