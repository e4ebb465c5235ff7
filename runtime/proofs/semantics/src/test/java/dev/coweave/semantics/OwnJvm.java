package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.io.TcpServer;
import dev.coweave.task.Task;
import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Runs programs in JVMs of their own: for what there is once for each JVM, and what must not be disturbed by other tests. */
final class OwnJvm {
  private OwnJvm() {}

  /** What a program prints, until it ends with a status. */
  static String output(int status, Class<?> program, String... options) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(options));
    String classPath =
        Stream.of(program, Task.class, TcpServer.class)
            .map(OwnJvm::place)
            .collect(Collectors.joining(File.pathSeparator));
    command.addAll(List.of("-cp", classPath, program.getName()));
    // To a file: nobody would end the wait for the last byte of a program that hangs.
    Path printed = Files.createTempFile("coweave", ".out");
    try {
      Process jvm =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(printed.toFile())
              .start();
      boolean ended = jvm.waitFor(5, TimeUnit.MINUTES);
      jvm.destroyForcibly();
      String out = Files.readString(printed);
      assertTrue(ended, () -> "still running: " + command + "\n" + out);
      assertEquals(status, jvm.exitValue(), out);
      return out;
    } finally {
      Files.delete(printed);
    }
  }

  private static String place(Class<?> c) {
    return Path.of(URI.create(c.getProtectionDomain().getCodeSource().getLocation().toString()))
        .toString();
  }
}
