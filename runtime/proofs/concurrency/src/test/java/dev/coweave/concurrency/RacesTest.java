package dev.coweave.concurrency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jcstress.Main;

/**
 * A slice of jcstress, in JVMs of its own; {@code -Djcstress.args="-m default"} makes it a longer run. Fails when one has seen what is
 * forbidden, or hangs.
 */
class RacesTest {
  private static final String SLICE =
      "-f 1 -fsm 1 -iters 1 -time 500 -strideSize 32 -strideCount 8 -spinStyle THREAD_YIELD -af"
          + " NONE -sc false -jvmArgs -Xmx256m";

  /** How long a run may take. */
  private static final int MINUTES = Integer.getInteger("jcstress.minutes", 5);

  private static final int HANGS = -1;

  @Test
  void ofTwoWhoEndAWait_oneWins_andTheTaskGoesOn(@TempDir Path results) throws Exception {
    assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "two threads race on two CPUs");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of("-v", "-t", "dev.coweave.concurrency.races"));
    command.addAll(List.of("-r", results.toString()));
    command.addAll(List.of(System.getProperty("jcstress.args", SLICE).split(" ")));
    Path output = results.resolve("output.txt");
    int exit = run(command, results, output);
    assertEquals(0, exit, () -> read(output));
    assertTrue(read(output).contains("[OK]"), "nothing was run");
  }

  private static int run(List<String> command, Path directory, Path output)
      throws IOException, InterruptedException {
    Process jcstress =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      return jcstress.waitFor(MINUTES, TimeUnit.MINUTES) ? jcstress.exitValue() : HANGS;
    } finally {
      jcstress.descendants().forEach(ProcessHandle::destroyForcibly);
      jcstress.destroyForcibly();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
