package dev.coweave.io;

import dev.coweave.Coroutine;

/**
 * A {@link TcpServer}'s action on a connection; may suspend.
 *
 * @param <C> {@link TcpConnection}, {@link TlsConnection}, or {@link Connection} for a handler that serves both
 */
@FunctionalInterface
public interface ConnectionHandler<C extends Connection> {
  /**
   * Serves a connection, in a task of its own. The connection is closed when this returns.
   *
   * @param connection the client's
   * @throws Exception ends this connection, and is reported; others go on
   */
  @Coroutine
  void handle(C connection) throws Exception;
}
