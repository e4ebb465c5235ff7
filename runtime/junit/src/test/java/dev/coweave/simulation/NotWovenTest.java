package dev.coweave.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A test class that nothing has woven, compiled here. */
class NotWovenTest {
  private static final String SOURCE =
      """
      import dev.coweave.*; import dev.coweave.junit.*; import dev.coweave.task.Task;
      import org.junit.jupiter.api.*;
      public class Plain {
        @CoroutineTest public void waits(%s) { Task.yield(); }
      }
      """;

  @ParameterizedTest
  @ValueSource(strings = {"", "Simulation sim"})
  void isToldSo_once(String parameters, @TempDir Path dir) throws Exception {
    Path source = Files.writeString(dir.resolve("Plain.java"), SOURCE.formatted(parameters));
    String path = System.getProperty("java.class.path");
    int result =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                System.out,
                System.err,
                "-proc:none",
                "-cp",
                path,
                "-d",
                dir.toString(),
                source.toString());
    assertEquals(0, result);
    try (URLClassLoader loader = new URLClassLoader(new URL[] {dir.toUri().toURL()})) {
      Throwable t = Launched.classOf(loader.loadClass("Plain")).failure();
      String text = Objects.requireNonNull(t.getMessage());
      assertTrue(text.contains("COWEAVE-470: Plain.waits was not woven\n"), text);
      assertEquals(0, t.getSuppressed().length);
      assertTrue(text.contains("fix: add the goal 'weave-tests'"), text);
    }
  }
}
