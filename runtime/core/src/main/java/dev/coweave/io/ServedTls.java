package dev.coweave.io;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Woven;
import dev.coweave.task.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;

/** Serves a connection with TLS: shakes hands, lets a handler do its work, says that it has ended. */
final class ServedTls implements ConnectionHandler<TcpConnection>, Woven {
  private static final String NAME = "TcpServer.serve";

  /** What those give that give nothing. */
  private static final Object NOTHING = new Object();

  /** How long a client may take for each of the two that are not the handler's. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Supplier<SSLEngine> engines;
  private final ConnectionHandler<? super TlsConnection> handler;

  ServedTls(Supplier<SSLEngine> engines, ConnectionHandler<? super TlsConnection> handler) {
    this.engines = engines;
    this.handler = handler;
  }

  @Override
  public Class<?> coweave$class() {
    return ServedTls.class;
  }

  @Override
  public void handle(TcpConnection connection) {
    throw new UnsupportedOperationException("entered by its twin only");
  }

  @Override
  public void handle(TcpConnection connection, Continuation c) {
    SSLEngine engine = engines.get();
    Object unused =
        Then.<TlsConnection, Object>call(
            NAME,
            c,
            d -> Task.timeout(PATIENCE, new Body<>(e -> connection.startTls(engine, e)), d),
            (tls, d) -> serve(tls, d));
  }

  private Object serve(TlsConnection tls, Continuation c) {
    return Then.call(
        NAME,
        c,
        d -> {
          Served.handle(handler, tls, d);
          return NOTHING;
        },
        (nothing, d) -> end(tls, d));
  }

  /** The handler has returned. If it failed, the connection just ends, and the client sees that it was cut. */
  private static Object end(TlsConnection tls, Continuation c) {
    return Then.<Object, Object>call(
        NAME,
        c,
        d -> Task.timeout(PATIENCE, new Body<>(e -> shutdownOutput(tls, e)), d),
        (nothing, d) -> close(tls),
        (failure, d) -> {
          if (!(failure instanceof IOException || failure instanceof TimeoutException)) {
            throw failure;
          }
          return close(
              tls); // A client that has gone, or doesn't listen, is none of the handler's failures.
        });
  }

  private static Object shutdownOutput(TlsConnection tls, Continuation c) throws IOException {
    if (tls.isOpen()) {
      tls.shutdownOutput(c);
    }
    return NOTHING;
  }

  private static Object close(TlsConnection tls) throws IOException {
    tls.close();
    return NOTHING;
  }
}
