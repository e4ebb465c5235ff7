package dev.coweave.task;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A task as a future: whoever completes it from outside only asks for it, and whoever blocks for it must not be its loop. */
abstract class TaskFuture<T extends @Nullable Object> extends CompletableFuture<T> {
  /** An outcome that somebody else than the body wants. */
  record Requested(@Nullable Object value, @Nullable Throwable failure) {}

  /** Asks that the body be cancelled, and for an outcome unless null; false if it has ended, or another outcome was asked for. */
  abstract boolean request(@Nullable Requested outcome);

  /** Somebody asks for the outcome, so that a failure isn't lost. */
  abstract void observed();

  /** Somebody handles a failure: more than to be told of it. */
  abstract void handled();

  /** A future depends on this one, and passes a failure on. */
  abstract void passesOn(CompletableFuture<?> dependent);

  /** How messages name it. */
  abstract String label();

  /** How messages name this task's home, if the calling thread is the only one that can run it there; else null. */
  abstract @Nullable String homeIfHere();

  /**
   * Requests that the task end: its current wait and each later one throw {@link TaskCancelled}, except in {@link Task#shield(dev.coweave.CoroutineCallable)}. A value
   * that the body returns all the same is its outcome.
   *
   * @param mayInterruptIfRunning has no effect
   * @return false if the task has ended
   */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    return request(null);
  }

  /** Requests that the body be cancelled and this be the outcome; false if it has ended, or another outcome was requested. */
  @Override
  public boolean complete(T value) {
    return request(new Requested(value, null));
  }

  /** Requests that the body be cancelled and this be the outcome; false if it has ended, or another outcome was requested. */
  @Override
  public boolean completeExceptionally(Throwable failure) {
    return request(new Requested(null, Objects.requireNonNull(failure, "failure")));
  }

  @Override
  public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
    Objects.requireNonNull(supplier, "supplier");
    executor.execute(
        () -> {
          try {
            complete(supplier.get());
          } catch (Throwable t) {
            completeExceptionally(t);
          }
        });
    return this;
  }

  @Override
  public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier) {
    return completeAsync(supplier, defaultExecutor());
  }

  /** Not possible: a task's outcome is its body's. */
  @Override
  public void obtrudeValue(T value) {
    throw new UnsupportedOperationException(
        "obtrudeValue on a task: its outcome is that of its body");
  }

  /** Not possible: a task's outcome is its body's. */
  @Override
  public void obtrudeException(Throwable failure) {
    throw new UnsupportedOperationException(
        "obtrudeException on a task: its outcome is that of its body");
  }

  // ---- dependents: plain futures. A callback that is told of a failure has asked for it; others
  // pass it on.

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    CompletableFuture<U> dependent = new CompletableFuture<>();
    passesOn(dependent);
    return dependent;
  }

  @Override
  public CompletableFuture<T> toCompletableFuture() {
    observed(); // Other futures ask so for one that they compose with or combine.
    return this;
  }

  @Override
  public CompletionStage<T> minimalCompletionStage() {
    observed();
    return super.minimalCompletionStage();
  }

  private static <T extends @Nullable Object, U extends @Nullable Object>
      BiFunction<T, @Nullable Throwable, U> told(
          BiFunction<? super T, @Nullable Throwable, ? extends U> callback) {
    Objects.requireNonNull(callback, "callback");
    return (value, failure) ->
        callback.apply(value, failure == null ? null : WatchedFailure.in(failure));
  }

  private static <T extends @Nullable Object> BiConsumer<T, @Nullable Throwable> told(
      BiConsumer<? super T, ? super @Nullable Throwable> callback) {
    Objects.requireNonNull(callback, "callback");
    return (value, failure) ->
        callback.accept(value, failure == null ? null : WatchedFailure.in(failure));
  }

  private static <U extends @Nullable Object> Function<Throwable, U> told(
      Function<Throwable, ? extends U> callback) {
    Objects.requireNonNull(callback, "callback");
    return failure -> callback.apply(WatchedFailure.in(failure));
  }

  @Override
  public <U> CompletableFuture<U> handle(BiFunction<? super T, Throwable, ? extends U> callback) {
    handled();
    return super.handle(told(callback));
  }

  @Override
  public <U> CompletableFuture<U> handleAsync(
      BiFunction<? super T, Throwable, ? extends U> callback) {
    handled();
    return super.handleAsync(told(callback));
  }

  @Override
  public <U> CompletableFuture<U> handleAsync(
      BiFunction<? super T, Throwable, ? extends U> callback, Executor executor) {
    handled();
    return super.handleAsync(told(callback), executor);
  }

  @Override
  public CompletableFuture<T> whenComplete(BiConsumer<? super T, ? super Throwable> callback) {
    if (callback != null
        && callback.getClass().getPackage() == CompletableFuture.class.getPackage()) {
      return super.whenComplete(callback); // what ends the timer of orTimeout and the like
    }
    observed();
    return super.whenComplete(told(callback));
  }

  @Override
  public CompletableFuture<T> whenCompleteAsync(BiConsumer<? super T, ? super Throwable> callback) {
    observed();
    return super.whenCompleteAsync(told(callback));
  }

  @Override
  public CompletableFuture<T> whenCompleteAsync(
      BiConsumer<? super T, ? super Throwable> callback, Executor executor) {
    observed();
    return super.whenCompleteAsync(told(callback), executor);
  }

  @Override
  public CompletableFuture<T> exceptionally(Function<Throwable, ? extends T> callback) {
    handled();
    return super.exceptionally(told(callback));
  }

  @Override
  public CompletableFuture<T> exceptionallyAsync(Function<Throwable, ? extends T> callback) {
    handled();
    return super.exceptionallyAsync(told(callback));
  }

  @Override
  public CompletableFuture<T> exceptionallyAsync(
      Function<Throwable, ? extends T> callback, Executor executor) {
    handled();
    return super.exceptionallyAsync(told(callback), executor);
  }

  @Override
  public CompletableFuture<T> exceptionallyCompose(
      Function<Throwable, ? extends CompletionStage<T>> callback) {
    handled();
    return super.exceptionallyCompose(told(callback));
  }

  @Override
  public CompletableFuture<T> exceptionallyComposeAsync(
      Function<Throwable, ? extends CompletionStage<T>> callback) {
    handled();
    return super.exceptionallyComposeAsync(told(callback));
  }

  @Override
  public CompletableFuture<T> exceptionallyComposeAsync(
      Function<Throwable, ? extends CompletionStage<T>> callback, Executor executor) {
    handled();
    return super.exceptionallyComposeAsync(told(callback), executor);
  }

  // ---- waiting for it, and looking

  @Override
  public T get() throws InterruptedException, ExecutionException {
    checkMayBlock("get");
    try {
      return super.get();
    } catch (Cancelled e) {
      throw e.forAsker();
    }
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    checkMayBlock("get");
    try {
      return super.get(timeout, unit);
    } catch (Cancelled e) {
      throw e.forAsker();
    }
  }

  @Override
  public T join() {
    checkMayBlock("join");
    try {
      return super.join();
    } catch (Cancelled e) {
      throw e.forAsker();
    } catch (WatchedFailure e) {
      throw new CompletionException(e.getCause());
    }
  }

  @Override
  public T getNow(T valueIfAbsent) {
    observed();
    try {
      return super.getNow(valueIfAbsent);
    } catch (Cancelled e) {
      throw e.forAsker();
    } catch (WatchedFailure e) {
      throw new CompletionException(e.getCause());
    }
  }

  private void checkMayBlock(String method) {
    observed();
    String home = isDone() ? null : homeIfHere();
    if (home != null) {
      throw new IllegalStateException(
          "Task."
              + method
              + " of an unfinished task\n  because: this thread is its home, "
              + home
              + ", so the task could never end\n"
              + "  fix: Task.await(task), in a @Coroutine");
    }
  }

  // ---- the body has ended

  final void setValue(T value) {
    super.complete(value);
  }

  /**
   * Some JDKs ask the failure for its message, to wrap it for a dependent; where that throws the dependent is lost. Neither those
   * after it nor the loop must be: as long as each round has fewer to tell, another follows.
   */
  final void setFailure(Throwable failure) {
    int left = Integer.MAX_VALUE;
    while (true) {
      try {
        super.completeExceptionally(failure);
        return;
      } catch (Throwable t) {
        int now = getNumberOfDependents();
        if (now >= left) {
          throw t;
        }
        left = now;
      }
    }
  }

  final void setCancelled(Cancelled outcome) {
    super.completeExceptionally(outcome);
  }
}
