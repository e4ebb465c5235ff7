package it;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.time.Duration;

class Greeting {
  @Coroutine
  static String slowly(String name) {
    Task.sleep(Duration.ofMillis(1));
    return "hello " + name;
  }
}
