package dev.coweave.io;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The frame of {@code TcpServer.serve}. */
final class Serving extends Frame {
  //                 a permit              a connection
  //   acquire ─────────────────► accept ────────────────► fork ──► acquire …
  //                                │ no descriptor left: sleep, then accept again
  //                                │ the server was closed: join, then return
  //   cancelled anywhere: close the scope, then throw

  private static final int ACQUIRING = 1;
  private static final int ACCEPTING = 2;
  private static final int SLEEPING = 3;
  private static final int ENDING = 4;

  /** How long accepting pauses when the process has no file descriptor left. */
  private static final Duration PAUSE = Duration.ofMillis(100);

  private final TcpServer server;
  private final ConnectionHandler<? super TcpConnection> handler;
  private final int limit;
  private final TaskScope scope = TaskScope.open(TaskScope.Policy.ALL_OUTCOMES);

  /** How many connections are open, or about to be accepted; guarded by this. */
  private int open;

  /** The wait for one of them to end; guarded by this. */
  private @Nullable Resumption<@Nullable Void> full;

  /** What ended it; null if the server was closed. */
  private @Nullable Throwable failure;

  Serving(TcpServer server, int limit, ConnectionHandler<? super TcpConnection> handler) {
    this.server = server;
    this.handler = handler;
    this.limit = limit;
  }

  /** Serves until something waits. */
  void run(Continuation c) {
    try {
      acquire(c);
    } catch (Throwable t) {
      end(t, c);
    }
  }

  @Override
  public void resume(Continuation c) {
    if (state == ENDING) {
      c.takeVoid();
      ended();
      return;
    }
    try {
      if (state == ACCEPTING) {
        accepted(c);
      } else {
        c.takeVoid();
        accept(c);
      }
    } catch (Throwable t) {
      end(t, c);
    }
  }

  private void acquire(Continuation c) {
    do {
      if (!mayOpen(null)) {
        Task.suspend(this::mayOpen, c);
        save(ACQUIRING, c);
        return;
      }
    } while (tryAccept(c));
  }

  /** Whether there is room for one more; if not, the wait is ended when there is. */
  @SuppressWarnings("NullAway") // a Void is null
  private synchronized boolean mayOpen(@Nullable Resumption<@Nullable Void> wait) {
    if (open == limit) {
      full = wait;
      return false;
    }
    if (wait == null || wait.resume(null)) {
      open++;
    }
    return true;
  }

  /** A connection has been closed. */
  void closed() {
    Resumption<@Nullable Void> wait;
    synchronized (this) {
      open--;
      wait = full;
      full = null;
    }
    if (wait != null) {
      boolean unused = mayOpen(wait);
    }
  }

  private void accept(Continuation c) {
    if (tryAccept(c)) {
      acquire(c);
    }
  }

  /** Whether a connection was there. */
  private boolean tryAccept(Continuation c) {
    TcpConnection connection;
    try {
      connection = server.accept(c);
    } catch (IOException e) {
      failed(e, c);
      return false;
    }
    if (c.suspended) {
      save(ACCEPTING, c);
      return false;
    }
    fork(connection);
    return true;
  }

  private void accepted(Continuation c) {
    TcpConnection connection;
    try {
      connection = (TcpConnection) Objects.requireNonNull(takeAccepted(c));
    } catch (IOException e) {
      failed(e, c);
      return;
    }
    fork(connection);
    acquire(c);
  }

  @SuppressWarnings("RedundantThrows") // what accept throws
  private static @Nullable Object takeAccepted(Continuation c) throws IOException {
    return c.takeRef();
  }

  private void failed(IOException e, Continuation c) {
    if (!server.isOpen()) {
      end(null, c);
      return;
    }
    Task.sleep(PAUSE, c);
    save(SLEEPING, c);
  }

  private void fork(TcpConnection connection) {
    Task<Void> unused = scope.fork(new Served(handler, connection, this));
  }

  /** The server was closed, or this fails: waits for the handlers. */
  private void end(@Nullable Throwable t, Continuation c) {
    failure = t;
    if (t == null) {
      scope.join(c);
    } else {
      scope.close(c);
    }
    if (c.suspended) {
      save(ENDING, c);
    } else {
      ended();
    }
  }

  private void ended() {
    if (failure != null) {
      Continuation.<RuntimeException>sneak(failure);
    }
  }

  private void save(int at, Continuation c) {
    state = at;
    c.push(this);
  }

  @Override
  public String trace() {
    return "dev.coweave.io.TcpServer|serve|TcpServer.java|";
  }
}
