package stranger;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.time.Duration;

/** What the tests wait by. */
final class Waiting {
  private Waiting() {}

  @Coroutine
  static void anHour() {
    Task.sleep(Duration.ofMinutes(59));
  }
}
