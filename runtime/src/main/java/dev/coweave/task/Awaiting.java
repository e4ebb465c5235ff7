package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Awaiting a future: every path but that of a future that is complete with a value. */
final class Awaiting {
  private Awaiting() {}

  /** The wait for a future's completion. */
  private static final class FutureWait<T extends @Nullable Object> extends Resumption<T>
      implements BiConsumer<T, @Nullable Throwable> {
    private final boolean internal;

    FutureWait(Task<?> task, boolean internal) {
      super(task);
      this.internal = internal;
    }

    @Override
    public void accept(T value, @Nullable Throwable failure) {
      if (failure == null) {
        resume(value);
      } else {
        fail(unwrap(failure));
      }
    }

    @Override
    protected String operation() {
      return "Task.await";
    }

    @Override
    protected boolean isInternal() {
      return internal;
    }
  }

  static <T extends @Nullable Object> T future(CompletableFuture<T> future, Continuation c) {
    // The budget was charged by the caller.
    if (c instanceof TaskContinuation tc && tc.budget < 0 && future.isDone() && tc.mustPause()) {
      return AfterPause.begin("await", d -> now(future, d), tc);
    }
    return now(future, c);
  }

  private static <T extends @Nullable Object> T now(CompletableFuture<T> future, Continuation c) {
    if (future.isDone()) {
      return outcome(future);
    }
    TaskContinuation tc = TaskContinuation.toWait(c, "Task.await");
    if (future == tc.current) {
      throw new IllegalStateException("a task awaits itself: it could never end");
    }
    return begin(future, future instanceof Task<?> t && t.scheduler == tc.task().scheduler, tc);
  }

  static <T extends @Nullable Object> T stage(CompletionStage<T> stage, Continuation c) {
    Objects.requireNonNull(stage, "stage");
    return begin(stage, false, TaskContinuation.toWait(c, "Task.await"));
  }

  private static <T extends @Nullable Object> T begin(
      CompletionStage<T> stage, boolean internal, TaskContinuation tc) {
    FutureWait<T> w = new FutureWait<>(tc.task(), internal);
    stage.whenComplete(w);
    return tc.suspend(w);
  }

  static <T extends @Nullable Object> T any(Future<T> future, Continuation c) {
    if (future instanceof CompletionStage<?>) {
      @SuppressWarnings("unchecked") // a future that is a stage too gives one value
      CompletionStage<T> stage = (CompletionStage<T>) future;
      return stage(stage, c);
    }
    if (future.isDone()) {
      try {
        return get(future);
      } catch (Exception e) {
        Continuation.<RuntimeException>sneak(e);
      }
    }
    return Blocking.begin(() -> get(future), "Task.await", c);
  }

  private static <T extends @Nullable Object> T get(Future<T> future) throws Exception {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Continuation.<RuntimeException>sneak(e.getCause() == null ? e : unwrap(e.getCause()));
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

  /** The value of a complete future; throws its failure, the very object. */
  static <T extends @Nullable Object> T outcome(CompletableFuture<T> future) {
    if (future.isCompletedExceptionally()) {
      // The getters wrap and, in newer JDKs, copy the failure; a dependent sees the object itself.
      Throwable failure = future.<@Nullable Throwable>handle((value, f) -> f).getNow(null);
      Continuation.<RuntimeException>sneak(unwrap(Objects.requireNonNull(failure)));
    }
    return future.getNow(null);
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable t = failure;
    while (t instanceof CompletionException && t.getCause() != null) {
      t = t.getCause();
    }
    return t;
  }
}
