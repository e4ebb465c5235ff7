package dev.coweave;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import org.jspecify.annotations.Nullable;

/**
 * A test that may suspend; {@link java.util.function.Predicate}'s counterpart.
 *
 * @param <T> the argument's type
 */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface CoroutinePredicate<T extends @Nullable Object> {
  /**
   * Tests a value.
   *
   * @param value the argument; null if the caller's values may be
   * @return whether it passes
   * @throws Exception whatever it throws
   */
  @Coroutine
  boolean test(T value) throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @param c the caller's continuation
   * @hidden
   */
  default boolean test(T value, Continuation c) throws Exception {
    return test(value);
  }
}
