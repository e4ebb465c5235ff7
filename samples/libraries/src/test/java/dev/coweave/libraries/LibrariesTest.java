package dev.coweave.libraries;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Each method of a library, and of its tests, is woven as a coroutine, and each call between two of them saves, unwinds and resumes: their
 * own tests must end as they end unwoven. CI runs one library; docs/verification.md has the command for all.
 */
class LibrariesTest {
  private static final long PATIENCE_MINUTES = 30;

  /** A library whose tests are published. */
  enum Library {
    CODEC("commons-codec", "org.apache.commons.codec.**"),
    COLLECTIONS("commons-collections4", "org.apache.commons.collections4.**"),
    CSV("commons-csv", "org.apache.commons.csv.**"),
    TEXT("commons-text", "org.apache.commons.text.**");

    private final String artifact;
    private final String pattern;

    Library(String artifact, String pattern) {
      this.artifact = artifact;
      this.pattern = pattern;
    }

    private Path tests() {
      return Arrays.stream(classPath().split(System.getProperty("path.separator")))
          .map(Path::of)
          .filter(p -> p.getFileName().toString().matches(artifact + "-[0-9.]+-tests.jar"))
          .findFirst()
          .orElseThrow();
    }
  }

  /** Tests that must differ, and why. */
  private static final Map<String, String> DIFFERENT =
      Map.of(
          "[engine:junit-jupiter]/[class:org.apache.commons.csv.CSVFormatTest]/[method:testEqualsHash()]",
          "calls every public method whose name begins with 'with', as found by reflection, with one argument: the twin has two");

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void itsOwnTests_endAsUnwoven(Library library) throws Exception {
    assumeTrue(library == Library.CODEC || Boolean.getBoolean("libraries.all"));
    unpackFiles(library.tests());
    Map<String, String> unwoven = run(library, List.of());
    Map<String, String> woven =
        run(
            library,
            List.of(
                "-javaagent:"
                    + Path.of(System.getProperty("coweave.agent")).toRealPath()
                    + "=coroutines="
                    + library.pattern,
                "-Dcoweave.maxDepth=1"));
    System.out.printf(
        "%s: %,d tests, %,d passed unwoven, %,d passed woven%n",
        library.artifact, unwoven.size(), passed(unwoven), passed(woven));
    assertTrue(passed(unwoven) > 100);
    assertEquals(List.of(), differences(unwoven, woven));
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

  private Map<String, String> run(Library library, List<String> options) throws Exception {
    Path results = directory.resolve("results.txt");
    Path output = directory.resolve("output.txt");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(
        List.of(
            "-XX:+EnableDynamicAgentLoading",
            "-cp",
            classPath(),
            OwnTests.class.getName(),
            library.tests().toString(),
            results.toString()));
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    assertEquals(0, process.waitFor(), () -> end(output));
    Map<String, String> byTest = new TreeMap<>();
    for (String line : Files.readAllLines(results)) {
      byTest.put(line.substring(0, line.indexOf('\t')), line.substring(line.indexOf('\t') + 1));
    }
    return byTest;
  }

  private static String end(Path output) {
    try {
      String text = Files.readString(output);
      return text.substring(Math.max(0, text.length() - 4000));
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String classPath() {
    return System.getProperty("java.class.path");
  }

  /** Some tests read their files from where they are in the library's source tree. */
  private void unpackFiles(Path jar) throws IOException {
    Path resources = directory.resolve("src/test/resources");
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
