package dev.coweave.samples.deep;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.task.Task;

/**
 * Builds a message by a million nested calls. Past a few hundred, Coweave moves the callers from
 * the thread's stack into the heap, whether anything waits or not; the thread's stack would hold
 * some ten thousand.
 */
public final class Deep {
  private static final int DEPTH = 1_000_000;

  private Deep() {}

  /** Something is left to do when the recursive call returns. */
  @Coroutine
  static StringBuilder message(int depth) {
    if (depth == 0) {
      return new StringBuilder();
    }
    return message(depth - 1).append(letter(depth));
  }

  /** Nothing is left to do: the recursive call's result is the result. */
  @Coroutine
  static StringBuilder tailMessage(int depth, StringBuilder message) {
    return depth == 0 ? message : tailMessage(depth - 1, message.append(letter(depth)));
  }

  /** As {@link #message}, and lets the other tasks run at each call. */
  @Coroutine
  static StringBuilder awaitingMessage(int depth) {
    Task.yield();
    if (depth == 0) {
      return new StringBuilder();
    }
    return awaitingMessage(depth - 1).append(letter(depth));
  }

  /** As {@link #tailMessage}, and lets the other tasks run at each call. */
  @Coroutine
  static StringBuilder awaitingTailMessage(int depth, StringBuilder message) {
    Task.yield();
    return depth == 0 ? message : awaitingTailMessage(depth - 1, message.append(letter(depth)));
  }

  /** Each call is a task of its own, which the task of the caller awaits. */
  @Coroutine
  static StringBuilder tasksMessage(int depth) {
    if (depth == 0) {
      return new StringBuilder();
    }
    return Task.start(() -> tasksMessage(depth - 1)).await().append(letter(depth));
  }

  /** Each call's result is the result of a task of its own. */
  @Coroutine
  static StringBuilder tasksTailMessage(int depth, StringBuilder message) {
    return depth == 0
        ? message
        : Task.start(() -> tasksTailMessage(depth - 1, message.append(letter(depth)))).await();
  }

  private static char letter(int depth) {
    return (char) ('a' + depth % 26);
  }

  @Coroutine
  private static void show(String how, CoroutineCallable<StringBuilder> program) throws Exception {
    StringBuilder message = program.call();
    System.out.printf(
        "%-20s %d letters, hash %08x%n", how, message.length(), message.toString().hashCode());
  }

  /**
   * Builds it in each of these ways.
   *
   * @param args are ignored
   * @throws Exception never
   */
  @Coroutine
  public static void main(String[] args) throws Exception {
    show("calls", () -> message(DEPTH));
    show("tail calls", () -> tailMessage(DEPTH, new StringBuilder()));
    show("calls that wait", () -> awaitingMessage(DEPTH));
    show("tail calls that wait", () -> awaitingTailMessage(DEPTH, new StringBuilder()));
    show("tasks", () -> tasksMessage(DEPTH));
    show("tasks at the tail", () -> tasksTailMessage(DEPTH, new StringBuilder()));
  }
}
