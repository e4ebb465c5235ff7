package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.sync.Semaphore;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** One call of {@code TcpServer.serve}: accepts connections, and lets each be handled in a task of its own. */
final class Service {
  /** How long accepting pauses when the process has no file descriptor left. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  /** How often what a client leaves is given back where memory or stack run out in that. */
  private static final int TRIES = 3;

  private final TcpServer server;
  private final ConnectionHandler<? super TcpConnection> handler;
  private final Peers peers;
  private final ServerLog log;

  /** The client whose task has yet to begin. */
  private @Nullable Client next;

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

  /**
   * A connection and the places that it takes, from its acceptance to the end of its task. They are given back by the task, and again when it has ended:
   * a task whose memory or stack ran out as it began, or between two turns, does nothing more.
   */
  private final class Client implements BiConsumer<@Nullable Object, @Nullable Throwable> {
    private final Semaphore places;
    private @Nullable TcpConnection connection;
    private @Nullable SocketAddress peer;
    private boolean admitted;
    private boolean ended;

    Client(Semaphore places) {
      this.places = places;
    }

    /** Takes a connection; whether there was one. */
    boolean isAccepted() throws IOException {
      connection = server.tryAccept();
      return connection != null;
    }

    /** Its task has ended. */
    @Override
    public void accept(@Nullable Object value, @Nullable Throwable failure) {
      for (int i = 1; ; i++) {
        try {
          end();
          return;
        } catch (VirtualMachineError e) {
          if (i == TRIES) {
            throw e;
          }
        }
      }
    }

    /** Each step is done or isn't, so that this may be done again; and whatever the first throw, all are tried. */
    void end() {
      try {
        if (connection != null) {
          Endings.closeQuietly(connection); // Its task was told, if it got so far.
        }
      } finally {
        try {
          leave();
        } finally {
          release();
        }
      }
    }

    private void leave() {
      if (admitted) {
        peers.leave(peer);
        admitted = false;
      }
    }

    private void release() {
      if (!ended) {
        places.release();
        ended = true;
      }
    }
  }

  @Coroutine
  void run(int limit) {
    Semaphore places = new Semaphore(limit);
    try (TaskScope scope = TaskScope.open(TaskScope.Policy.ALL_OUTCOMES)) {
      while (true) {
        places.acquire();
        Client client = new Client(places);
        next = client;
        if (!accept(client)) {
          break;
        }
        Task<Void> task = scope.fork(() -> handle(client));
        var unused = task.whenComplete(client);
        next = null;
      }
      scope.join();
    }
  }

  /** The service has ended: nobody else closes a connection whose task could not begin. */
  void ended() {
    Client client = next;
    if (client != null) {
      client.accept(null, null);
    }
  }

  /** Waits for the next connection; false if the server was closed. */
  @Coroutine
  private boolean accept(Client client) {
    while (true) {
      try {
        Waits.checkpoint(Operations.PRICE);
        while (!client.isAccepted()) {
          server.awaitConnection();
        }
        return true;
      } catch (IOException e) {
        if (!server.isOpen()) {
          return false;
        }
        log.cannotAccept(server, e);
        Task.sleep(PAUSE);
      }
    }
  }

  @Coroutine
  private void handle(Client client) {
    TcpConnection connection = Objects.requireNonNull(client.connection);
    try (connection) {
      client.peer = connection.remoteAddress(); // while it is open
      client.admitted = peers.enter(client.peer);
      if (client.admitted) {
        handler.handle(connection);
      } else {
        log.refused(server, client.peer);
      }
    } catch (TaskCancelled e) {
      throw e;
    } catch (Throwable t) {
      if (connection.hasFailedWith(t)) {
        log.peerFailed(server, client.peer, t);
      } else {
        log.handlerFailed(client.peer, t);
      }
    } finally {
      client.end();
    }
  }
}
