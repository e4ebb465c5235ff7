package dev.coweave;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import org.jspecify.annotations.Nullable;

/**
 * A piece of work that may suspend and returns a result; {@link java.util.concurrent.Callable}'s counterpart.
 *
 * @param <T> the result's type
 */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface CoroutineCallable<T extends @Nullable Object> {
  /**
   * Does the work.
   *
   * @return the result; may be null
   * @throws Exception whatever the work throws
   */
  @Coroutine
  T call() throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @param c the caller's continuation
   * @hidden
   */
  default T call(Continuation c) throws Exception {
    return call();
  }
}
