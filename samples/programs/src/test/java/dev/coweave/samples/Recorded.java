package dev.coweave.samples;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;

/** A program to be recorded: a task that waits, one that computes, one that fails, one that is cancelled, and one of an executor. */
public final class Recorded {
  /** In milliseconds: long enough for some samples, however late the recorder comes to take them. */
  private static final int BUSY = 2_500;

  private static volatile double sink;

  private Recorded() {}

  @Coroutine
  static void compute(int millis) {
    Task.yield();
    burn(millis);
  }

  private static void burn(int millis) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < millis * 1_000_000L) {
      sink += Math.sin(sink);
    }
  }

  @Coroutine
  static void handle(int millis) {
    Task.sleep(Duration.ofMillis(30));
    compute(millis);
  }

  @Coroutine
  static void elsewhere() {
    handle(BUSY);
    Task.yield();
  }

  @Coroutine
  static void fail() {
    Task.yield();
    throw new IllegalArgumentException("meant");
  }

  @Coroutine
  static void all() throws Exception {
    Executor own = Executors.newSingleThreadExecutor(r -> daemon(r));
    Task<Void> failing = Task.start("failing", () -> fail());
    Task<Void> elsewhere = Task.start(own, () -> elsewhere());
    Task<Void> endless = Task.start("endless", () -> Task.sleep(Duration.ofDays(1)));
    try (TaskScope scope = TaskScope.open()) {
      scope.fork("busy", () -> handle(BUSY));
      scope.join();
    }
    endless.cancel(false);
    elsewhere.await();
    try {
      failing.await();
    } catch (IllegalArgumentException e) {
      System.out.println(e.getMessage());
    }
  }

  private static Thread daemon(Runnable r) {
    Thread t = new Thread(r, "own");
    t.setDaemon(true);
    return t;
  }

  /** The argument {@code later} has it wait for a line of input first, so that a recording can begin meanwhile. */
  public static void main(String[] args) throws Exception {
    EventLoop.run(
        () -> {
          if (args.length > 0) {
            System.out.println("ready");
            Task.blocking(() -> System.in.read());
          }
          all();
        });
  }
}
