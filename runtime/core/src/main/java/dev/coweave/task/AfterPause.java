package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Operation;
import org.jspecify.annotations.Nullable;

/** The frame of an operation that lets others run before it begins, because its task has not waited for long. */
final class AfterPause extends Frame {
  private final Operation operation;
  private final PlainCall.Twin<?> twin;

  private AfterPause(Operation operation, PlainCall.Twin<?> twin) {
    this.operation = operation;
    this.twin = twin;
  }

  static <T extends @Nullable Object> T begin(
      Operation operation, PlainCall.Twin<T> twin, TaskContinuation tc) {
    AfterPause f = new AfterPause(operation, twin);
    tc.pause();
    tc.push(f);
    return TaskContinuation.dummy();
  }

  @Override
  public void resume(Continuation c) {
    c.takeVoid();
    Object value = null;
    try {
      value = twin.call(c);
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneak(t);
    }
    if (!c.suspended) {
      c.give(value);
    }
  }

  @Override
  public String trace() {
    return operation.trace();
  }
}
