package dev.coweave.io;

import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Woven;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskContinuation;
import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The task of one connection of a server: body and frame. */
final class Served extends Frame implements CoroutineRunnable, Woven {
  private final ConnectionHandler<? super TcpConnection> handler;
  private final TcpConnection connection;
  private final Serving server;
  private final @Nullable SocketAddress client;

  Served(
      ConnectionHandler<? super TcpConnection> handler, TcpConnection connection, Serving server) {
    this.handler = handler;
    this.connection = connection;
    this.server = server;
    this.client = connection.remoteAddress(); // while it is open
  }

  @Override
  public Class<?> coweave$class() {
    return Served.class;
  }

  @Override
  public void run() {
    throw new UnsupportedOperationException("entered by its twin only");
  }

  @Override
  public void run(Continuation c) {
    try {
      handle(handler, connection, c);
    } catch (Throwable t) {
      ended(t);
      return;
    }
    if (c.suspended) {
      c.push(this);
    } else {
      ended(null);
    }
  }

  /** Enters a handler's twin if it was woven, else calls it plainly. */
  static <C extends Connection> void handle(
      ConnectionHandler<C> handler, C connection, Continuation c) throws Exception {
    if (Woven.is(handler)) {
      c.depth++;
      handler.handle(connection, c);
    } else {
      handler.handle(connection);
    }
  }

  @Override
  public void resume(Continuation c) {
    try {
      c.takeVoid();
    } catch (Throwable t) {
      ended(t);
      return;
    }
    ended(null);
  }

  private void ended(@Nullable Throwable failure) {
    Throwable t = failure;
    try {
      connection.close();
    } catch (IOException e) {
      t = t == null ? e : t;
    }
    server.closed();
    if (t instanceof TaskCancelled) {
      Continuation.<RuntimeException>sneak(t);
    } else if (t != null) {
      TaskContinuation.report("the handler of the connection from " + client + " failed", t);
    }
  }

  @Override
  public String trace() {
    return "dev.coweave.io.TcpServer|serve|TcpServer.java|";
  }
}
