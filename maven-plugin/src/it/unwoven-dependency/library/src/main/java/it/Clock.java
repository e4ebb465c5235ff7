package it;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.time.Duration;

public class Clock {
  @Coroutine
  public static int tick() {
    Task.sleep(Duration.ofMillis(1));
    return 1;
  }
}
