package dev.coweave.sync;

import dev.coweave.coroutine.Continuation;
import dev.coweave.task.Outcomes;
import dev.coweave.task.Task;
import dev.coweave.task.TaskContinuation;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The clause that waits for a future. */
final class AwaitClause<T extends @Nullable Object, R extends @Nullable Object> extends Clause<R> {
  private final CompletableFuture<T> future;
  private final Handler<? super T, ? extends R> handler;

  AwaitClause(CompletableFuture<T> future, Handler<? super T, ? extends R> handler) {
    this.future = future;
    this.handler = Objects.requireNonNull(handler, "handler");
  }

  @Override
  Object waitsFor() {
    return future;
  }

  @Override
  @Nullable Choice attempt(Continuation c) {
    return future.isDone() ? choice(null) : null;
  }

  @Override
  Runnable register(Branch branch, TaskContinuation tc) {
    // A callback stays with a future until that is complete, and a loop may select for ever. But
    // anyOf takes its callbacks off the other futures as soon as one is complete.
    CompletableFuture<Object> left = new CompletableFuture<>();
    CompletableFuture<Object> either = CompletableFuture.anyOf(future, left);
    CompletableFuture<?> unused = either.whenComplete((value, failure) -> branch.happen());
    return () -> left.complete(true);
  }

  @Override
  boolean isInternal(TaskContinuation tc) {
    return future instanceof Task<?> t && tc.runsHere(t);
  }

  @Override
  R happened(@Nullable Object value, Continuation c) throws Exception {
    return call(handler, Outcomes.of(future), c);
  }
}
