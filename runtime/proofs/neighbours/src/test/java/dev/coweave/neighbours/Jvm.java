package dev.coweave.neighbours;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Compiles programs, and runs them in JVMs of their own, with whatever agents. */
final class Jvm {
  private static final long PATIENCE_MINUTES = 3;

  /** What a JVM left behind. */
  record Result(int status, String out, String err) {}

  private Jvm() {}

  /** Coweave's agent, which the build has made. */
  static Path agent() {
    Path jar = Path.of(System.getProperty("coweave.agent", "")).toAbsolutePath().normalize();
    if (!Files.isRegularFile(jar)) {
      throw new AssertionError("no agent at " + jar + "; './mvnw package' makes it");
    }
    return jar;
  }

  /** The directory or jar that a class comes from. */
  static Path home(String className) {
    try {
      Class<?> c = Class.forName(className, false, Jvm.class.getClassLoader());
      return Path.of(c.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Compiles one source file against the tests' class path; it stays unwoven. */
  static void compile(Path directory, String name, String source) throws IOException {
    compile(directory, name, source, directory);
  }

  /** The same, against further classes. */
  static void compile(Path directory, String name, String source, Path library) throws IOException {
    Path file =
        Files.writeString(Files.createTempDirectory("source").resolve(name + ".java"), source);
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-g",
                "-proc:none",
                "--release",
                "17",
                "-cp",
                System.getProperty("java.class.path") + File.pathSeparator + library,
                "-d",
                directory.toString(),
                file.toString());
    if (status != 0) {
      throw new AssertionError(name + " doesn't compile");
    }
  }

  /** A class path that begins with a directory; what the build wove of the same names is hidden behind it. */
  static String before(Path directory) {
    return directory + File.pathSeparator + System.getProperty("java.class.path");
  }

  /** Runs a program under agents, with the runtime and its own classes, and nothing of the tests'. */
  static Result runAgents(List<String> agents, String classPath, String... arguments)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(List.of("-XX:TieredStopAtLevel=1", "-Xlog:disable"));
    agents.forEach(a -> all.add("-javaagent:" + a));
    all.add("-cp");
    all.add(classPath + File.pathSeparator + home("dev.coweave.Coroutine"));
    all.addAll(List.of(arguments));
    return run(all);
  }

  /** Weaves a copy of a directory of classes, as a build does. */
  static Result weave(Path classes, Path woven) throws IOException, InterruptedException {
    return weave(classes, woven, System.getProperty("java.class.path"));
  }

  /** The same, against other classes than the tests'. */
  static Result weave(Path classes, Path woven, String classPath)
      throws IOException, InterruptedException {
    try (Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = woven.resolve(classes.relativize(file));
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
    return run(
        List.of("-jar", agent().toString(), "weave", "--classpath", classPath, woven.toString()));
  }

  static Result run(List<String> arguments) throws IOException, InterruptedException {
    Path err = Files.createTempFile("coweave", ".err");
    Path out = Files.createTempFile("coweave", ".out");
    try {
      List<String> command = new ArrayList<>();
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.addAll(arguments);
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly().waitFor();
        throw new AssertionError("still running: " + command + "\n" + read(out) + read(err));
      }
      return new Result(process.exitValue(), read(out), read(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8).replace("\r\n", "\n");
  }
}
