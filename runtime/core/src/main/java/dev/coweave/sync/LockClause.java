package dev.coweave.sync;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.task.TaskContinuation;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The clause of an operation that returns nothing: of a lock, a semaphore, a signal. */
final class LockClause<R extends @Nullable Object> extends Clause<R> {
  private final Object lock;
  private final Predicate<Continuation> attempt;
  private final BiFunction<TaskContinuation, Branch, Waiter<?>> enqueue;
  private final CoroutineCallable<R> handler;

  /**
   * A clause.
   *
   * @param lock what guards the operation
   * @param attempt does it, unless it would wait
   * @param enqueue makes a waiter for it, and puts it into its queue
   * @param handler what is done then
   */
  LockClause(
      Object lock,
      Predicate<Continuation> attempt,
      BiFunction<TaskContinuation, Branch, Waiter<?>> enqueue,
      CoroutineCallable<R> handler) {
    this.lock = lock;
    this.attempt = attempt;
    this.enqueue = enqueue;
    this.handler = Objects.requireNonNull(handler, "handler");
  }

  @Override
  Object lock() {
    return lock;
  }

  @Override
  @Nullable Choice attempt(Continuation c) {
    Choice choice = choice(null); // first, for a lock that is held must be said to be
    return attempt.test(c) ? choice : null;
  }

  @Override
  Runnable register(Branch branch, TaskContinuation tc) {
    return enqueue.apply(tc, branch)::leave;
  }

  @Override
  R happened(@Nullable Object value, Continuation c) throws Exception {
    return call(handler, c);
  }
}
