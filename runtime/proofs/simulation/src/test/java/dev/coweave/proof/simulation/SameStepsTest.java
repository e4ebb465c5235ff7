package dev.coweave.proof.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.io.TcpServer;
import dev.coweave.junit.CoroutineTests;
import dev.coweave.task.Task;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opentest4j.AssertionFailedError;

/**
 * The same seeds take the same steps everywhere: {@code found.txt} tells which. {@link FaultsTest} compares it with what the build wove, at both depths, on the JDK
 * that runs it; this with what the agent weaves, in JVMs of its own.
 */
class SameStepsTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/coweave/proof/simulation");

  @Test
  void wovenByTheAgent_atBothDepths(@TempDir Path classes) throws Exception {
    compile(classes);
    assertEquals(found(), run(classes, 1));
    assertEquals(found(), run(classes, 256));
  }

  /** What was found when it was written down. */
  static List<String> found() throws Exception {
    return Files.readAllLines(Path.of("src/test/resources/found.txt"));
  }

  private static void compile(Path classes) throws Exception {
    List<String> arguments =
        new ArrayList<>(List.of("-proc:none", "-g", "-d", classes.toString(), "-cp", path()));
    try (Stream<Path> files = Files.list(SOURCES)) {
      files.forEach(f -> arguments.add(f.toString()));
    }
    int result =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(System.out, System.err, arguments.toArray(String[]::new));
    assertEquals(0, result);
  }

  private static List<String> run(Path classes, int depth) throws Exception {
    Path printed = classes.resolve("printed");
    Process jvm =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-javaagent:" + System.getProperty("coweave.agent"),
                "-Dcoweave.maxDepth=" + depth,
                "-cp",
                classes + File.pathSeparator + path(),
                Finding.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(printed.toFile())
            .start();
    boolean ended = jvm.waitFor(5, TimeUnit.MINUTES);
    jvm.destroyForcibly();
    assertTrue(ended, "still running");
    return Files.readAllLines(printed);
  }

  private static String path() {
    return Stream.of(
            Task.class,
            TcpServer.class,
            CoroutineTests.class,
            Assertions.class,
            AssertionFailedError.class,
            org.junit.platform.commons.JUnitException.class)
        .map(c -> c.getProtectionDomain().getCodeSource().getLocation())
        .map(url -> Path.of(URI.create(url.toString())).toString())
        .collect(Collectors.joining(File.pathSeparator));
  }
}
