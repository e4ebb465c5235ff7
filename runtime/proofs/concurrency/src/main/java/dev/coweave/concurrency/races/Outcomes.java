package dev.coweave.concurrency.races;

import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** How races end. */
final class Outcomes {
  private Outcomes() {}

  /** A task's outcome, which must be there: whoever resumes a task runs it, if nobody else does. */
  static String of(Task<?> task) {
    if (!task.isDone()) {
      return "hangs";
    }
    try {
      return String.valueOf(task.join());
    } catch (CancellationException e) {
      return "cancelled";
    } catch (CompletionException e) {
      return "failed";
    }
  }

  /** A loop whose thread, like the one that opens it, doesn't keep the JVM. Not in the test, whose initialiser would wait for itself. */
  static EventLoop loop() {
    CompletableFuture<EventLoop> loop = new CompletableFuture<>();
    Thread opener = new Thread(() -> loop.complete(EventLoop.open("raced")));
    opener.setDaemon(true);
    opener.start();
    return loop.join();
  }
}
