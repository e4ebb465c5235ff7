package dev.coweave.durable;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;

/** The call that a run without a result begins with; see {@link RunBody}. */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface RunAction {
  /**
   * Calls the durable method, as its last act.
   *
   * @throws Exception whatever the method throws
   */
  @Coroutine
  void run() throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  default void run(Continuation c) throws Exception {
    run();
  }
}
