package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;

/**
 * What a {@link TcpServer} does with a connection; may suspend.
 *
 * @param <C> {@link TcpConnection}, {@link TlsConnection}, or {@link Connection} for a handler that serves both
 */
@FunctionalInterface
@Stamp(abi = Stamp.ABI)
public interface ConnectionHandler<C extends Connection> {
  /**
   * Serves a connection, in a task of its own. The connection is closed when this returns.
   *
   * @param connection the client's
   * @throws Exception ends this connection, and is reported; others go on
   */
  @Coroutine
  void handle(C connection) throws Exception;

  /**
   * The twin that woven code enters; not for users.
   *
   * @hidden
   */
  default void handle(C connection, Continuation c) throws Exception {
    handle(connection);
  }
}
