package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Select}'s action on the value of the operation that has happened.
 *
 * @param <T> the type of the value
 * @param <R> the type of what it makes of it
 */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface Handler<T extends @Nullable Object, R extends @Nullable Object> {
  /**
   * Takes the value. Called by the task that selects, and may wait.
   *
   * @param value the operation's result
   * @return the select's result
   * @throws Exception whatever it throws, the select throws
   */
  @Coroutine
  R handle(T value) throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @param c the caller's continuation
   * @hidden
   */
  default R handle(T value, Continuation c) throws Exception {
    return handle(value);
  }
}
