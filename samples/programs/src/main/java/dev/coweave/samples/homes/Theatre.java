package dev.coweave.samples.homes;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.Homes;
import dev.coweave.task.Home;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.awt.EventQueue;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** Code goes on where it was called: on Swing's thread, and on one that its owner has registered. */
public final class Theatre {
  /** The thread of some library, which runs one job after the other. */
  static final class Stage implements Home {
    final ExecutorService jobs = Executors.newSingleThreadExecutor(r -> new Thread(r, "stage"));

    @Override
    public boolean isHere() {
      return Thread.currentThread().getName().equals("stage");
    }

    @Override
    public void execute(Runnable job) {
      jobs.execute(job);
    }

    @Override
    public String toString() {
      return "the stage";
    }
  }

  private Theatre() {}

  private static void say(String what) {
    System.out.println(Thread.currentThread().getName().replaceAll("-[0-9]+$", "") + ": " + what);
  }

  static CompletableFuture<String> fetch(String what) {
    return CompletableFuture.supplyAsync(
        () -> what, CompletableFuture.delayedExecutor(5, TimeUnit.MILLISECONDS));
  }

  /** An async method: its caller gets the future at the first wait. */
  @Coroutine
  static CompletableFuture<String> show(String what) {
    say("loads " + what);
    String loaded = await(fetch(what));
    say("shows " + loaded);
    return CompletableFuture.completedFuture(loaded);
  }

  /** A suspending method, called by plain code on a thread that must not be blocked. */
  @Coroutine
  static String load(String what) {
    return await(fetch(what));
  }

  static void blocks() {
    try {
      load("a film");
    } catch (IllegalStateException e) {
      say(e.getMessage().lines().findFirst().orElseThrow());
    }
  }

  /** A loop's task that has something done elsewhere, each in its place. */
  @Coroutine
  static void rehearse(Stage stage) {
    try (TaskScope scope = TaskScope.open()) {
      Task<String> act = scope.fork(stage, () -> act());
      scope.join();
      say("saw " + act.join());
    }
  }

  @Coroutine
  static String act() {
    say("acts");
    Task.sleep(Duration.ofMillis(5));
    say("bows");
    return "an act";
  }

  /**
   * Shows them.
   *
   * @param args are ignored
   * @throws Exception if a job fails
   */
  public static void main(String[] args) throws Exception {
    CompletableFuture<String> shown = new CompletableFuture<>();
    EventQueue.invokeLater(() -> show("a picture").thenAccept(shown::complete));
    shown.join();

    Stage stage = new Stage();
    try (Homes.Registration r = Homes.register(() -> stage.isHere() ? stage : null)) {
      stage.jobs.submit(() -> show("a play")).get().join();
      stage.jobs.submit(() -> blocks()).get();
      EventLoop.run(() -> rehearse(stage));
    } finally {
      stage.jobs.shutdown();
    }
  }
}
