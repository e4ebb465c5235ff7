package dev.coweave.io;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Woven;
import dev.coweave.task.PlainCall;
import org.jspecify.annotations.Nullable;

/** A twin with its arguments, as a body for {@code Task.timeout} and {@code Task.shield}. */
final class Body<T extends @Nullable Object> implements CoroutineCallable<T>, Woven {
  private final PlainCall.Twin<T> twin;

  Body(PlainCall.Twin<T> twin) {
    this.twin = twin;
  }

  @Override
  public Class<?> coweave$class() {
    return Body.class;
  }

  @Override
  public T call() {
    throw new UnsupportedOperationException("entered by its twin only");
  }

  @Override
  public T call(Continuation c) {
    try {
      return twin.call(c);
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneak(t);
      throw new AssertionError(t);
    }
  }
}
