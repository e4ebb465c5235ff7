package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.LogicalStack;
import dev.coweave.coroutine.Operation;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Awaiting a future. */
final class Awaiting {
  private Awaiting() {}

  /** The wait for a stage that is no CompletableFuture. */
  private static final class StageWait<T extends @Nullable Object> extends Resumption<T>
      implements BiConsumer<T, @Nullable Throwable> {
    private final CompletionStage<T> stage;

    StageWait(TaskState<?> waiting, CompletionStage<T> stage) {
      super(waiting);
      this.stage = stage;
    }

    @Override
    public void accept(T value, @Nullable Throwable failure) {
      if (failure == null) {
        resume(value);
      } else {
        fail(Outcomes.unwrap(failure));
      }
    }

    @Override
    protected Operation operation() {
      return TaskWait.OPERATION;
    }

    @Override
    protected Object subject() {
      return stage;
    }
  }

  static <T extends @Nullable Object> T begin(CompletionStage<T> stage, Continuation c) {
    return stage instanceof CompletableFuture<T> f
        ? complete(f.toCompletableFuture(), c)
        : stage(stage, c);
  }

  /** The path of a future that is complete with a value: small, so that it is inlined, and free of allocation. */
  static <T extends @Nullable Object> T complete(CompletableFuture<T> future, Continuation c) {
    if (TaskContinuation.isFree(c)) {
      T value = Outcomes.valueIfAny(future);
      if (value != null) {
        return value;
      }
    }
    return future(future, c);
  }

  static <T extends @Nullable Object> T future(CompletableFuture<T> future, Continuation c) {
    return TaskContinuation.isSpent(c)
        ? AfterPause.run(TaskWait.OPERATION, d -> now(future, d), c)
        : now(future, c);
  }

  private static <T extends @Nullable Object> T now(CompletableFuture<T> future, Continuation c) {
    if (future.isDone()) {
      if (future.isCompletedExceptionally()) {
        Throwable failure = Outcomes.failure(future);
        TaskContinuation here = TaskContinuation.here();
        if (here != null && here.current != null) {
          here.current.isGiven(failure);
        }
        String awaited = future instanceof TaskState<?> t ? t.name() : null;
        LogicalStack.awaitedAtOnce(failure, awaited, TaskWait.OPERATION, c);
        Continuation.<RuntimeException>sneakyThrow(failure);
      }
      return future.getNow(null);
    }
    TaskContinuation tc = TaskContinuation.toWait(c, TaskWait.OPERATION);
    return future instanceof TaskState<T> t ? TaskWait.begin(t, tc) : FutureWait.begin(future, tc);
  }

  static <T extends @Nullable Object> T stage(CompletionStage<T> stage, Continuation c) {
    Objects.requireNonNull(stage, "stage");
    return TaskContinuation.isSpent(c)
        ? AfterPause.run(TaskWait.OPERATION, d -> stageNow(stage, d), c)
        : stageNow(stage, c);
  }

  private static <T extends @Nullable Object> T stageNow(CompletionStage<T> stage, Continuation c) {
    TaskContinuation tc = TaskContinuation.toWait(c, TaskWait.OPERATION);
    StageWait<T> w = new StageWait<>(tc.task(), stage);
    try {
      stage.whenComplete(w);
    } catch (Throwable t) {
      if (!w.fail(t)) {
        RuntimeLog.error(
            "whenComplete of an awaited "
                + stage.getClass().getName()
                + " failed after it had called back",
            t);
      }
    }
    return tc.suspend(w);
  }

  static <T extends @Nullable Object> T any(Future<T> future, Continuation c) {
    if (future instanceof CompletionStage<?>) {
      @SuppressWarnings("unchecked") // a future that is a stage too gives one value
      CompletionStage<T> stage = (CompletionStage<T>) future;
      return stage(stage, c);
    }
    return TaskContinuation.isSpent(c)
        ? AfterPause.run(TaskWait.OPERATION, d -> anyNow(future, d), c)
        : anyNow(future, c);
  }

  private static <T extends @Nullable Object> T anyNow(Future<T> future, Continuation c) {
    if (future.isDone()) {
      try {
        return get(future);
      } catch (Exception e) {
        Continuation.<RuntimeException>sneakyThrow(e);
      }
    }
    return Blocking.begin(() -> get(future), c);
  }

  private static <T extends @Nullable Object> T get(Future<T> future) throws Exception {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Continuation.<RuntimeException>sneakyThrow(
          e.getCause() == null ? e : Outcomes.unwrap(e.getCause()));
      throw e;
    }
  }

  /** What an async method returned is its task's outcome: the stage's value, or the dummy of a wait for it. */
  static @Nullable Object returned(@Nullable Object stage, TaskContinuation c) {
    if (stage == null) {
      throw new NullPointerException("an async method returned null instead of a future");
    }
    return stage instanceof CompletableFuture<?> f
        ? now(f.toCompletableFuture(), c)
        : stage((CompletionStage<?>) stage, c);
  }
}
