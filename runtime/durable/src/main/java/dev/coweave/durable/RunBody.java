package dev.coweave.durable;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import org.jspecify.annotations.Nullable;

/**
 * The call that a run begins with: {@code () -> orders.order(o)}. It is called once, where the run is started, to find out which durable
 * method it calls with which arguments; these are stored, the lambda is not.
 *
 * @param <T> the run's result
 */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface RunBody<T extends @Nullable Object> {
  /**
   * Calls the durable method, as its last act.
   *
   * @throws Exception whatever the method throws
   */
  @Coroutine
  T call() throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  default T call(Continuation c) throws Exception {
    return call();
  }
}
