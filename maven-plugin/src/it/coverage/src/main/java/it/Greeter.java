package it;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;

public class Greeter {
  @Coroutine
  public String greet(int n) {
    String greeting = "hello";
    Task.yield();
    if (n > 5) {
      greeting = "never";
    }
    return greeting + n;
  }
}
