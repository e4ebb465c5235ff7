package app;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.time.Duration;

public class Main {
  @Coroutine
  static Generator<Integer> upTo(int n) {
    for (int i = 1; i <= n; i++) {
      Generator.yield(i);
    }
    return Generator.end();
  }

  @Coroutine
  public static void main(String[] args) {
    int sum = 0;
    for (int i : upTo(4)) {
      Task.sleep(Duration.ofMillis(1));
      sum += i;
    }
    System.out.println("the renamed runtime says " + sum);
  }
}
