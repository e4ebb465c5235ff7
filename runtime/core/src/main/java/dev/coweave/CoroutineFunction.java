package dev.coweave;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import org.jspecify.annotations.Nullable;

/**
 * A function that may suspend; {@link java.util.function.Function}'s counterpart.
 *
 * @param <T> the argument's type
 * @param <R> the result's type
 */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface CoroutineFunction<T extends @Nullable Object, R extends @Nullable Object> {
  /**
   * Gives the result for an argument.
   *
   * @param value the argument; null if the caller's values may be
   * @return the result; may be null
   * @throws Exception whatever it throws
   */
  @Coroutine
  R apply(T value) throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @param c the caller's continuation
   * @hidden
   */
  default R apply(T value, Continuation c) throws Exception {
    return apply(value);
  }
}
