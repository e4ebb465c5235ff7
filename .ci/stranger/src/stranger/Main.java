package stranger;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.time.Duration;

/** A generator, a wait and a main method that is a coroutine. */
public final class Main {
  @Coroutine
  static Generator<Integer> squares(int n) {
    for (int i = 1; i <= n; i++) {
      Generator.yield(i * i);
    }
    return Generator.end();
  }

  @Coroutine
  public static void main(String[] args) {
    Task.sleep(Duration.ofMillis(1));
    System.out.println("woven " + squares(3).stream().toList());
  }
}
