package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;

/** What a {@link TcpServer} does with a connection; may suspend. */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface ConnectionHandler {
  /**
   * Serves a connection, in a task of its own. The connection is closed when this returns.
   *
   * @param connection the client's
   * @throws Exception ends this connection, and is reported; others go on
   */
  @Coroutine
  void handle(TcpConnection connection) throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  default void handle(TcpConnection connection, Continuation c) throws Exception {
    handle(connection);
  }
}
