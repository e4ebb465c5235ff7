package dev.coweave.neighbours;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.time.Duration;

/** Woven code that calls a greeter, of whatever class it is. */
final class Caller {
  private Caller() {}

  /** What a coroutine gets that calls it, after a wait of its own. */
  static String call(Greeter greeter) throws Exception {
    return EventLoop.run(() -> twice(greeter));
  }

  @Coroutine
  private static String twice(Greeter greeter) {
    Task.sleep(Duration.ofMillis(1));
    return greeter.greet("you") + "; " + greeter.greet("all");
  }

  /** The same through the class. */
  static String call(WaitingGreeter greeter) throws Exception {
    return EventLoop.run(() -> twice(greeter));
  }

  @Coroutine
  private static String twice(WaitingGreeter greeter) {
    Task.sleep(Duration.ofMillis(1));
    return greeter.greet("you") + "; " + greeter.greet("all");
  }
}
