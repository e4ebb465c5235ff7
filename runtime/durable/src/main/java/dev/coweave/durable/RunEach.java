package dev.coweave.durable;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import org.jspecify.annotations.Nullable;

/**
 * The call that each of several runs begins with: {@code part -> warehouse.pick(part)}; see {@link Durable#startAll} and {@link RunBody}.
 *
 * @param <E> what the runs are told apart by
 * @param <T> the runs' results
 */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface RunEach<E extends @Nullable Object, T extends @Nullable Object> {
  /**
   * Calls the durable method, as its last act.
   *
   * @throws Exception whatever the method throws
   */
  @Coroutine
  T call(E element) throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  default T call(E element, Continuation c) throws Exception {
    return call(element);
  }
}
