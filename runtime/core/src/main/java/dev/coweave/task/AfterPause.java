package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import org.jspecify.annotations.Nullable;

/**
 * The frame of an operation that lets others run before it begins, because its task has not waited for long. Each operation that may not have
 * to wait begins with this; for those who write primitives:
 *
 * <pre>{@code
 * public T receive(Continuation c) {
 *   if (TaskContinuation.isSpent(c)) {
 *     return AfterPause.run(RECEIVE, this::receive, c);
 *   }
 *   …
 * }
 * }</pre>
 *
 * @hidden
 */
public final class AfterPause extends OperationFrame {
  private final PlainCall.Twin<?> twin;

  private AfterPause(Operation operation, PlainCall.Twin<?> twin) {
    super(operation);
    this.twin = twin;
  }

  /**
   * The running task, whose budget {@linkplain TaskContinuation#isSpent is spent}, lets others run before an operation.
   *
   * @param operation what it is about to do
   * @param twin does that; its budget is fresh then
   * @param c the twin's last argument
   * @return a dummy, for the caller to return
   */
  public static <T extends @Nullable Object> T run(
      Operation operation, PlainCall.Twin<T> twin, Continuation c) {
    AfterPause f = new AfterPause(operation, twin);
    ((TaskContinuation) c).pause();
    c.push(f);
    return TaskContinuation.dummy();
  }

  /** The same for an operation that returns nothing. */
  public static void act(Operation operation, PlainCall.VoidTwin twin, Continuation c) {
    run(operation, PlainCall.returningNull(twin), c);
  }

  @Override
  public void resume(Continuation c) {
    c.takeVoid();
    Object value = null;
    try {
      value = twin.call(c);
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneakyThrow(t);
    }
    if (!c.suspended) {
      c.give(value);
    }
  }
}
