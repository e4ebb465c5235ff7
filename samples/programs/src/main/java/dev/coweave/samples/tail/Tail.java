package dev.coweave.samples.tail;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/** Follows a file while another task writes to it, as {@code tail -f} does. */
public final class Tail {
  private Tail() {}

  /** The lines of a file, those too that will be written: it never ends, its consumer closes it. */
  @Coroutine
  static AsyncGenerator<String> tail(Path file) throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      while (true) {
        String line = Task.blocking(() -> reader.ready() ? reader.readLine() : null);
        if (line == null) {
          Task.sleep(Duration.ofMillis(10));
        } else {
          Generator.yield(line);
        }
      }
    } finally {
      System.out.println("closed");
    }
  }

  @Coroutine
  private static void write(Path file, int lines) throws IOException {
    for (int i = 0; i < lines; i++) {
      Task.sleep(Duration.ofMillis(20));
      Files.writeString(
          file, (i % 3 == 0 ? "WARN" : "INFO") + " line " + i + "\n", StandardOpenOption.APPEND);
    }
  }

  /**
   * Follows a log until it has seen three warnings.
   *
   * @param args are ignored
   * @throws IOException if there is no place for a file
   */
  @Coroutine
  public static void main(String[] args) throws IOException {
    Path log = Files.createTempFile("coweave", ".log");
    try (TaskScope scope = TaskScope.open()) {
      scope.fork(() -> write(log, 100));
      tail(log).filter(line -> line.startsWith("WARN")).take(3).forEach(System.out::println);
    } finally {
      Files.delete(log);
    }
  }
}
