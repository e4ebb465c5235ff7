package dev.coweave.samples.race;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** Asks several mirrors at once and takes the first answer; the others are cancelled, and have ended before the answer is used. */
public final class Race {
  private Race() {}

  /** A mirror that is down, quick or slow. */
  @Coroutine
  static String fetch(String mirror) throws IOException {
    try {
      switch (mirror) {
        case "down" -> throw new IOException(mirror + " is down");
        case "quick" -> Task.sleep(Duration.ofMillis(20));
        default -> Task.sleep(Duration.ofHours(1));
      }
      return "answer of " + mirror;
    } catch (TaskCancelled e) {
      System.out.println(mirror + " was cancelled");
      throw e;
    }
  }

  @Coroutine
  static Object firstOf(String... mirrors) {
    try (TaskScope scope = TaskScope.open(TaskScope.Policy.FIRST_SUCCESS)) {
      for (String mirror : mirrors) {
        scope.fork(() -> fetch(mirror));
      }
      scope.join();
      return scope.first().join();
    }
  }

  /**
   * Races.
   *
   * @param args are ignored
   * @throws TimeoutException never: the first race is won in time
   */
  @Coroutine
  public static void main(String[] args) throws TimeoutException {
    System.out.println(
        Task.timeout(Duration.ofSeconds(30), () -> firstOf("down", "slow", "quick", "slower")));
    try {
      Task.timeout(Duration.ofMillis(50), () -> firstOf("slow", "slower"));
    } catch (TimeoutException e) {
      System.out.println(e.getMessage());
    }
    try {
      firstOf("down", "down");
    } catch (Exception e) {
      System.out.println("nobody answered: " + e.getMessage());
    }
  }
}
