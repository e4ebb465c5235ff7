package dev.coweave.neighbours;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.time.Duration;

/** A class with coroutine methods that wait. */
public class WaitingGreeter implements Greeter {
  @Override
  @Coroutine
  public String greet(String name) {
    Task.sleep(Duration.ofMillis(1));
    return word() + ", " + name;
  }

  @Coroutine
  protected String word() {
    Task.sleep(Duration.ofMillis(1));
    return "hello";
  }
}
