package dev.coweave.benchmarks.programs;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A JVM of its own that runs one way of a program. It is asked by lines, and answers by lines. */
final class Child implements AutoCloseable {
  private static final String[] COMMON = {"-XX:+IgnoreUnrecognizedVMOptions"};
  private static final Pattern NUMBER = Pattern.compile("[-+.\\dE]+");

  private final Process process;
  private final BufferedReader answers;

  private Child(Process process) {
    this.process = process;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Starts one.
   *
   * @param options the JVM's
   * @param main what it runs
   * @param args its arguments
   */
  static Child start(List<String> options, Class<?> main, String... args) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of(COMMON));
    command.addAll(options);
    if (!options.contains("-cp")) {
      command.add("-cp");
      command.add(System.getProperty("java.class.path"));
    }
    command.add(main.getName());
    command.addAll(List.of(args));
    try {
      return new Child(new ProcessBuilder(command).redirectError(Redirect.INHERIT).start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs one to its end, and returns the number that it printed last; the JVM itself may print other things. */
  static double run(List<String> options, Class<?> main, String... args) {
    try (Child child = start(options, main, args)) {
      double last = Double.NaN;
      for (String line; (line = child.answers.readLine()) != null; ) {
        last = NUMBER.matcher(line).matches() ? Double.parseDouble(line) : last;
      }
      if (child.process.waitFor() != 0 || Double.isNaN(last)) {
        throw new IllegalStateException(main + " " + List.of(args) + " has failed");
      }
      return last;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The next number that it prints. */
  double number() {
    try {
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException("the program has ended: " + process);
      }
      return Double.parseDouble(line);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it answers to a line. */
  double ask() {
    try {
      process.getOutputStream().write('\n');
      process.getOutputStream().flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return number();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
