package dev.coweave.samples;

import dev.coweave.Coroutine;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Mutex;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.util.List;

/** A program all of whose tasks wait, for {@link PsTreeTest} to look at. */
public final class Parked {
  private Parked() {}

  /** Prints a line once all tasks wait, and goes on for ever. */
  @Coroutine
  public static void main(String[] args) {
    Channel<String> pages = new Channel<>(0);
    Task<Void> unused = Task.start("reporter", Parked::report);
    try (TaskScope scope = TaskScope.open()) {
      for (String name : List.of("\"a\"", "b")) {
        scope.fork("fetcher " + name, () -> fetch(pages));
      }
      Mutex left = new Mutex();
      Mutex right = new Mutex();
      scope.fork("philosopher 1", () -> eat(left, right));
      scope.fork("philosopher 2", () -> eat(right, left));
      scope.fork("keyboard", () -> Task.blocking(System.in::read));
      scope.join();
    }
  }

  @Coroutine
  private static void report() {
    Task.yield();
    Task.yield();
    System.out.println("parked");
  }

  @Coroutine
  private static void eat(Mutex first, Mutex second) {
    first.lock();
    Task.yield();
    second.lock();
    second.unlock();
  }

  @Coroutine
  private static int fetch(Channel<String> pages) {
    String page = pages.receive();
    return page.length();
  }
}
