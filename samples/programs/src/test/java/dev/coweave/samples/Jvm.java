package dev.coweave.samples;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Runs a program in a JVM of its own, of the version that runs the tests. */
final class Jvm {
  private static final long PATIENCE_MINUTES = 3;

  /** What a JVM left behind. */
  record Result(int status, String out, String err) {}

  private Jvm() {}

  static Result run(List<String> arguments) throws IOException, InterruptedException {
    Path err = Files.createTempFile("coweave", ".err");
    Path out = Files.createTempFile("coweave", ".out");
    try {
      List<String> command =
          new ArrayList<>(
              List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
      command.addAll(arguments);
      // To files, not pipes: a full pipe would stop a program that nobody reads.
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        String stacks = stacks(process);
        process.destroyForcibly().waitFor();
        throw new AssertionError(
            "still running after "
                + PATIENCE_MINUTES
                + " minutes: "
                + command
                + "\n"
                + read(out)
                + read(err)
                + stacks);
      }
      return new Result(process.exitValue(), read(out), read(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  /** Where the threads of a JVM stand, and of those that it has started. */
  private static String stacks(Process process) throws IOException, InterruptedException {
    StringBuilder all = new StringBuilder();
    for (ProcessHandle p :
        Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList()) {
      Path out = Files.createTempFile("coweave", ".stacks");
      try {
        Process jcmd =
            new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                    "" + p.pid(),
                    "Thread.print")
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        if (!jcmd.waitFor(20, TimeUnit.SECONDS)) {
          jcmd.destroyForcibly().waitFor();
        }
        all.append("\nprocess ").append(p.pid()).append(":\n").append(read(out));
      } finally {
        Files.delete(out);
      }
    }
    return all.toString();
  }

  /** Where a class comes from: a directory or a jar. */
  static Path home(Class<?> c) {
    try {
      return Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8).replace("\r\n", "\n");
  }
}
