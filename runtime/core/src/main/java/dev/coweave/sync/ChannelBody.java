package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;

/**
 * An action on each item of a channel.
 *
 * @param <T> the type of the items
 */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface ChannelBody<T> {
  /**
   * Takes one item.
   *
   * @param item never null
   * @throws Exception whatever it throws ends the iteration
   */
  @Coroutine
  void accept(T item) throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @param c the caller's continuation
   * @hidden
   */
  default void accept(T item, Continuation c) throws Exception {
    accept(item);
  }
}
