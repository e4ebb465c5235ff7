package dev.coweave.samples.printers;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Two printers that would print for ever, taking turns; then a parent and what its children give
 * it.
 */
public final class Printers {
  private static final int LINES = 3;

  private Printers() {}

  @Coroutine
  static void printer(String text) {
    while (true) {
      System.out.println(text);
      Task.yield(); // the others' turn; and where a cancelled task ends
    }
  }

  @Coroutine
  static void takeTurns() {
    Task<Void> hello = Task.start(() -> printer("hello"));
    Task<Void> goodbye = Task.start(() -> printer("goodbye"));
    for (int line = 0; line < LINES; line++) {
      Task.yield();
    }
    hello.cancel(false);
    goodbye.cancel(false);
  }

  @Coroutine
  static void nothing() {
    Task.yield();
  }

  @Coroutine
  static String one() {
    Task.yield();
    return "one value";
  }

  @Coroutine
  static List<String> several() {
    Task.yield();
    return List.of("several", "values");
  }

  @Coroutine
  static String failing() throws IOException {
    Task.yield();
    throw new IOException("the child failed");
  }

  /** An async method: whoever calls it, coroutine or not, gets a future at its first wait. */
  @Coroutine
  static CompletableFuture<String> eventually() {
    Task.yield();
    return CompletableFuture.completedFuture("in the end");
  }

  /** A child that the parent waits for at once is an ordinary call, with ordinary exceptions. */
  @Coroutine
  static void parent() {
    nothing();
    System.out.println("a child returned");
    System.out.println("a child returned " + one());
    System.out.println("a child returned " + several());
    try {
      System.out.println(failing());
    } catch (IOException e) {
      System.out.println("a child threw " + e);
    }
  }

  /** Children that run while the parent does something else are tasks. */
  @Coroutine
  static void parentOfTasks() {
    Task<Void> nothing = Task.start(() -> nothing());
    Task<String> one = Task.start(() -> one());
    Task<List<String>> several = Task.start(() -> several());
    Task<String> failing = Task.start(() -> failing());
    CompletableFuture<String> eventually = eventually();
    System.out.println("the children have started");
    System.out.println("a task returned " + await(nothing));
    System.out.println("a task returned " + await(one));
    System.out.println("a task returned " + await(several));
    System.out.println("an async method returned " + await(eventually));
    try {
      // Names the exception, so that javac knows it may come.
      System.out.println(await(failing, IOException.class));
    } catch (IOException e) {
      System.out.println("a task threw " + e);
    }
  }

  /**
   * Prints.
   *
   * @param args are ignored
   */
  @Coroutine
  public static void main(String[] args) {
    takeTurns();
    parent();
    parentOfTasks();
  }
}
