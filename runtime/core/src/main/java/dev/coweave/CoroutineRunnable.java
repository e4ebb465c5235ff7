package dev.coweave;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;

/** A piece of work that may suspend and returns nothing; {@link Runnable}'s counterpart. */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface CoroutineRunnable {
  /**
   * Does the work.
   *
   * @throws Exception whatever the work throws
   */
  @Coroutine
  void run() throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @param c the caller's continuation
   * @hidden
   */
  default void run(Continuation c) throws Exception {
    run();
  }
}
