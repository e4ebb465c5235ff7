package dev.coweave.samples.debugging;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.time.Duration;

/**
 * The program under the debugger of {@link DebuggerTest}, which stops it at the lines that say so.
 */
public final class Debuggee {
  private final String name = "debuggee";

  private Debuggee() {}

  @Coroutine
  static int waits(int first) {
    String text = "live";
    int dead = first * 7;
    long used = dead + 1;
    Task.sleep(Duration.ofMillis(5));
    long sum = first + used; // stop: after an await
    return (int) sum + text.length();
  }

  @Coroutine
  int calls(double factor) {
    int[] array = {1, 2, 3};
    int length = waits(array.length);
    return (int) (factor * length) + array[0] + name.length(); // stop: after a call that waited
  }

  @Coroutine
  static Generator<Integer> squares(int limit) {
    long total = 10;
    String unit = "squares";
    for (int i = 1; i <= limit; i++) {
      Generator.yield(i * i);
      total += i; // stop: after a yield
    }
    Generator.yield((int) total + unit.length());
    return Generator.end();
  }

  @Coroutine
  private static Generator<Integer> nested(int limit) {
    deeper(limit, "nested");
    return Generator.end();
  }

  @Coroutine
  private static void deeper(int limit, String text) {
    Generator.yield(limit);
    Generator.yield(text.length()); // stop: after a nested yield
  }

  /**
   * Runs to each of the lines.
   *
   * @param args are ignored
   */
  @Coroutine
  public static void main(String[] args) {
    int sum = new Debuggee().calls(2.0);
    for (int square : squares(3)) {
      sum += square;
    }
    for (int element : nested(7)) {
      sum += element;
    }
    System.out.println(sum);
  }
}
