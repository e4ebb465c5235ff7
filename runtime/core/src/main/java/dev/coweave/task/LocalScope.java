package dev.coweave.task;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import org.jspecify.annotations.Nullable;

/** The frame of {@code TaskLocal.where}: restores the value. */
final class LocalScope<T extends @Nullable Object> extends OperationFrame {
  static final Operation OPERATION = Operation.behind(LocalScope.class, "TaskLocal.where");

  private final TaskLocal<T> local;
  private final @Nullable T before;
  private @Nullable Frame around;

  LocalScope(TaskLocal<T> local, @Nullable T before) {
    super(OPERATION);
    this.local = local;
    this.before = before;
  }

  @SuppressWarnings("NullAway") // a dummy
  <R extends @Nullable Object> R call(T value, CoroutineCallable<R> body, Continuation c) {
    around = c.within(this);
    local.set(value);
    R result = null;
    try {
      c.depth++;
      result = Start.call(body, c);
    } catch (Throwable t) {
      leave(c);
      Continuation.<RuntimeException>sneakyThrow(t);
    }
    if (c.suspended) {
      c.push(this);
    } else {
      leave(c);
    }
    return result;
  }

  @Override
  public void resume(Continuation c) {
    Object result;
    try {
      result = c.takeRef();
    } finally {
      leave(c);
    }
    c.give(result);
  }

  @SuppressWarnings("NullAway") // what was there before
  private void leave(Continuation c) {
    c.within(around);
    local.set(before);
  }

  @Override
  protected boolean takesYields() {
    return true;
  }
}
