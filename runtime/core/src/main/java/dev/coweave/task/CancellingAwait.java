package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** The frame of {@code Task.awaitOrCancel}. */
final class CancellingAwait<T extends @Nullable Object> extends OperationFrame {
  static final Operation OPERATION = Operation.behind(CancellingAwait.class, "Task.awaitOrCancel");

  private final CompletionStage<T> stage;

  CancellingAwait(CompletionStage<T> stage) {
    super(OPERATION);
    this.stage = Objects.requireNonNull(stage, "stage");
  }

  T begin(Continuation c) {
    T value;
    try {
      value = Awaiting.begin(stage, c);
    } catch (TaskCancelled t) {
      cancel(t);
      throw t;
    }
    if (c.suspended) {
      c.push(this);
    }
    return value;
  }

  @Override
  public void resume(Continuation c) {
    Object value;
    try {
      value = c.takeRef();
    } catch (TaskCancelled t) {
      cancel(t);
      throw t;
    }
    c.give(value);
  }

  private void cancel(TaskCancelled reason) {
    try {
      stage.toCompletableFuture().cancel(true);
    } catch (Throwable t) { // it can't be cancelled
      reason.addSuppressed(t);
    }
  }
}
