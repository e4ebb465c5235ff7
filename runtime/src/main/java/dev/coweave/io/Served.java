package dev.coweave.io;

import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Woven;
import java.io.IOException;
import java.io.UncheckedIOException;

/** The task of one connection of a server: body and frame. */
final class Served extends Frame implements CoroutineRunnable, Woven {
  private final ConnectionHandler handler;
  private final TcpConnection connection;
  private final Serving server;

  Served(ConnectionHandler handler, TcpConnection connection, Serving server) {
    this.handler = handler;
    this.connection = connection;
    this.server = server;
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
  public void run(Continuation c) throws Exception {
    try {
      if (Woven.is(handler)) {
        c.depth++;
        handler.handle(connection, c);
      } else {
        handler.handle(connection);
      }
    } finally {
      if (!c.suspended) {
        ended();
      }
    }
    if (c.suspended) {
      c.push(this);
    }
  }

  @Override
  public void resume(Continuation c) {
    try {
      c.takeVoid();
    } finally {
      ended();
    }
  }

  private void ended() {
    try {
      connection.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      server.closed();
    }
  }

  @Override
  public String trace() {
    return "dev.coweave.io.TcpServer|serve|TcpServer.java|";
  }
}
