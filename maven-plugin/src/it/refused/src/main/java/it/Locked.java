package it;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.time.Duration;

class Locked {
  @Coroutine
  void block() {
    synchronized (this) {
      Task.sleep(Duration.ofMillis(1));
    }
  }

  @Coroutine
  synchronized void method() {
    Task.sleep(Duration.ofMillis(1));
  }
}
