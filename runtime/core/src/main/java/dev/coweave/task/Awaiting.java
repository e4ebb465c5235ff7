package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.LogicalStack;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Awaiting a future: every path but that of a future that is complete with a value. */
final class Awaiting {
  private Awaiting() {}

  /** The wait for a future's completion. */
  private static final class FutureWait<T extends @Nullable Object> extends Resumption<T>
      implements BiConsumer<T, @Nullable Throwable>,
          BiFunction<T, @Nullable Throwable, @Nullable Void> {
    /** The future if it is a task. */
    private final @Nullable Task<?> awaited;

    FutureWait(Task<?> waiting, CompletionStage<T> stage) {
      super(waiting);
      this.awaited = stage instanceof Task<?> t ? t : null;
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
    public @Nullable Void apply(T value, @Nullable Throwable failure) {
      accept(value, failure);
      return null;
    }

    @Override
    protected String operation() {
      return "Task.await";
    }

    @Override
    protected boolean isInternal() {
      return awaited != null && isOf(awaited.scheduler);
    }

    @Override
    @Nullable String awaited() {
      return awaited == null ? null : awaited.name();
    }
  }

  static <T extends @Nullable Object> T future(CompletableFuture<T> future, Continuation c) {
    if (future.isDone() && TaskContinuation.isSpent(c)) {
      return TaskContinuation.pauseBefore(c, "await", d -> now(future, d));
    }
    return now(future, c);
  }

  /** The value of a future that is complete with one; else, or if the value is null, null. One volatile read. */
  static <T extends @Nullable Object> @Nullable T valueIfAny(CompletableFuture<T> future) {
    try {
      return future.getNow(null);
    } catch (CompletionException | CancellationException e) {
      return null;
    }
  }

  private static <T extends @Nullable Object> T now(CompletableFuture<T> future, Continuation c) {
    if (future.isDone()) {
      if (future.isCompletedExceptionally()) {
        Throwable failure = failure(future);
        TaskContinuation here = TaskContinuation.here();
        if (here != null && here.current != null) {
          here.current.isGiven(failure);
        }
        String awaited = future instanceof Task<?> t ? t.name() : null;
        LogicalStack.awaitedAtOnce(failure, awaited, "Task.await", c);
        Continuation.<RuntimeException>sneak(failure);
      }
      return future.getNow(null);
    }
    TaskContinuation tc = TaskContinuation.toWait(c, "Task.await");
    if (future == tc.current) {
      throw new IllegalStateException("a task awaits itself: it could never end");
    }
    return begin(future, tc);
  }

  static <T extends @Nullable Object> T stage(CompletionStage<T> stage, Continuation c) {
    Objects.requireNonNull(stage, "stage");
    return begin(stage, TaskContinuation.toWait(c, "Task.await"));
  }

  private static <T extends @Nullable Object> T begin(
      CompletionStage<T> stage, TaskContinuation tc) {
    FutureWait<T> w = new FutureWait<>(tc.task(), stage);
    try {
      if (stage instanceof CompletableFuture<T> f) {
        f.handle(w); // whenComplete wraps the failure and so asks for its message, which may throw
      } else {
        stage.whenComplete(w);
      }
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
      Continuation.<RuntimeException>sneak(failure(future));
    }
    return future.getNow(null);
  }

  private static Throwable failure(CompletableFuture<?> failed) {
    // The getters wrap and, in newer JDKs, copy the failure; a dependent sees the object itself.
    Throwable failure = failed.<@Nullable Throwable>handle((value, f) -> f).getNow(null);
    return unwrap(Objects.requireNonNull(failure));
  }

  private static Throwable unwrap(Throwable failure) {
    Throwable t = failure;
    while (t instanceof CompletionException && t.getCause() != null) {
      t = t.getCause();
    }
    return t;
  }
}
