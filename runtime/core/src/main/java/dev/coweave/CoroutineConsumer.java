package dev.coweave;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import org.jspecify.annotations.Nullable;

/**
 * An action on each of some values, which may suspend; {@link java.util.function.Consumer}'s counterpart.
 *
 * @param <T> the argument's type
 */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface CoroutineConsumer<T extends @Nullable Object> {
  /**
   * Takes a value.
   *
   * @param value the argument; null if the caller's values may be
   * @throws Exception whatever it throws
   */
  @Coroutine
  void accept(T value) throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @param c the caller's continuation
   * @hidden
   */
  default void accept(T value, Continuation c) throws Exception {
    accept(value);
  }
}
