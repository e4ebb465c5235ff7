package dev.coweave.task;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a task is as a future: whoever completes it from outside only asks for it, and whoever blocks for it must not be its loop. */
abstract class TaskFuture<T extends @Nullable Object> extends CompletableFuture<T> {
  /** Asks that the body be cancelled, and for an outcome unless null; false if it has ended, or another outcome was asked for. */
  abstract boolean request(TaskDetails.@Nullable Requested outcome);

  /** Somebody asks for the outcome, so that a failure isn't lost. */
  abstract void observed();

  /** Whether the calling thread is the only one that can run this task. */
  abstract boolean needsThisThread();

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
    return request(new TaskDetails.Requested(value, null));
  }

  /** Requests that the body be cancelled and this be the outcome; false if it has ended, or another outcome was requested. */
  @Override
  public boolean completeExceptionally(Throwable failure) {
    return request(new TaskDetails.Requested(null, Objects.requireNonNull(failure, "failure")));
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

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    observed(); // Each dependent is made by this method, and carries the failure on.
    return new CompletableFuture<>();
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    checkMayBlock("get");
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    checkMayBlock("get");
    return super.get(timeout, unit);
  }

  @Override
  public T join() {
    checkMayBlock("join");
    return super.join();
  }

  @Override
  public T getNow(T valueIfAbsent) {
    observed();
    return super.getNow(valueIfAbsent);
  }

  private void checkMayBlock(String method) {
    observed();
    if (!isDone() && needsThisThread()) {
      throw new IllegalStateException(
          "Task."
              + method
              + " of an unfinished task\n  because: this thread runs its event loop, so the task could never end\n"
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

  final void setCancelled() {
    super.cancel(false);
  }
}
