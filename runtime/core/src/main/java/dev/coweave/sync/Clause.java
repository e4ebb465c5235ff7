package dev.coweave.sync;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Woven;
import dev.coweave.task.TaskContinuation;
import org.jspecify.annotations.Nullable;

/**
 * One of the operations of which a {@link Select} does one, and what is done then. Immutable: may be used again and again, by several
 * tasks. Made by {@link Channel#onReceive()}, {@link Channel#onSend}, {@link Mutex#onLock}, {@link Semaphore#onAcquire}, {@link
 * Signal#onSet}, {@link Select#onAwait}, {@link Select#onTimeout} and {@link Select#otherwise}.
 *
 * @param <R> the type of the select's result if this happens
 */
public abstract class Clause<R extends @Nullable Object> {
  Clause() {}

  /** The lock that guards the operation; null for none. */
  @Nullable Object lock() {
    return null;
  }

  /** The object that dumps say it waits for; null for none that they could name. */
  @Nullable Object waitsFor() {
    return lock();
  }

  /** Does the operation unless it would wait: then returns null. Under the lock. */
  abstract @Nullable Choice attempt(Continuation c);

  /** Does the operation if it is what happens where all others would wait; returns null if not. */
  @Nullable Choice attemptLast() {
    return null;
  }

  /**
   * The operation waits from now on. Under the lock.
   *
   * @param branch what is to be told when it happens
   * @return what is to be called, outside the lock, when the select goes on
   */
  abstract Runnable register(Branch branch, TaskContinuation tc);

  /** Whether only another task can make it happen. */
  boolean isInternal(TaskContinuation tc) {
    return true;
  }

  /** The operation has happened, in this clause's select: returns the result of that, or the dummy of a wait. */
  abstract R happened(@Nullable Object value, Continuation c) throws Exception;

  /** The operation has failed. */
  R failed(Throwable failure, Continuation c) throws Exception {
    Continuation.<RuntimeException>sneakyThrow(failure);
    throw new AssertionError(failure);
  }

  final Choice choice(@Nullable Object value) {
    return new Choice(this, value, null);
  }

  /** The last that a select does: returns its result, or the dummy of a wait. */
  final R run(Choice choice, Continuation c) {
    try {
      Throwable failure = choice.failure;
      return failure == null ? happened(choice.value, c) : failed(failure, c);
    } catch (Exception e) {
      Continuation.<RuntimeException>sneakyThrow(e);
      throw new AssertionError(e);
    }
  }

  static <T extends @Nullable Object, R extends @Nullable Object> R call(
      Handler<T, R> handler, T value, Continuation c) throws Exception {
    c.depth++;
    return Woven.is(handler) ? handler.handle(value, c) : handler.handle(value);
  }

  static <R extends @Nullable Object> R call(CoroutineCallable<R> handler, Continuation c)
      throws Exception {
    c.depth++;
    return Woven.is(handler) ? handler.call(c) : handler.call();
  }
}
