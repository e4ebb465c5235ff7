package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.sync.Semaphore;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One call of {@code TcpServer.serve}: accepts connections, and lets each be handled in a task of its own. */
final class Service {
  /** How long accepting pauses when the process has no file descriptor left. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final TcpServer server;
  private final ConnectionHandler<? super TcpConnection> handler;
  private final Peers peers;
  private final ServerLog log;

  Service(
      TcpServer server,
      ConnectionHandler<? super TcpConnection> handler,
      Peers peers,
      ServerLog log) {
    this.server = server;
    this.handler = handler;
    this.peers = peers;
    this.log = log;
  }

  @Coroutine
  void run(int limit) {
    Semaphore places = new Semaphore(limit);
    try (TaskScope scope = TaskScope.open(TaskScope.Policy.ALL_OUTCOMES)) {
      while (true) {
        places.acquire();
        TcpConnection connection = accept();
        if (connection == null) {
          break;
        }
        begin(scope, connection, places);
      }
      scope.join();
    }
  }

  private void begin(TaskScope scope, TcpConnection connection, Semaphore places) {
    try {
      scope.fork(() -> handle(connection, places));
    } catch (Throwable t) { // There is no memory for another task.
      try {
        connection.close();
      } catch (IOException e) {
        t.addSuppressed(e);
      }
      throw t;
    }
  }

  /** The next connection; null if the server was closed. */
  @Coroutine
  private @Nullable TcpConnection accept() {
    while (true) {
      try {
        return server.accept();
      } catch (IOException e) {
        if (!server.isOpen()) {
          return null;
        }
        log.cannotAccept(server, e);
        Task.sleep(PAUSE);
      }
    }
  }

  @Coroutine
  private void handle(TcpConnection connection, Semaphore places) {
    SocketAddress peer = null;
    boolean admitted = false;
    try (connection) {
      peer = connection.remoteAddress(); // while it is open
      admitted = peers.enter(peer);
      if (admitted) {
        handler.handle(connection);
      } else {
        log.refused(server, peer);
      }
    } catch (TaskCancelled e) {
      throw e;
    } catch (Throwable t) {
      if (connection.hasFailedWith(t)) {
        log.peerFailed(server, peer, t);
      } else {
        log.handlerFailed(peer, t);
      }
    } finally {
      if (admitted) {
        peers.leave(peer);
      }
      places.release();
    }
  }
}
