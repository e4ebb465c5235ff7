package dev.coweave.io;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLHandshakeException;

/** Serves a connection with TLS: shakes hands, lets a handler do its work, says that it has ended. */
final class TlsService {
  /** How long a client may take for each of the two that are not the handler's. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private TlsService() {}

  /** Initialises this class, as {@link TcpConnection#load}. */
  static void load() {}

  @Coroutine
  static void serve(
      TcpConnection connection, SSLEngine engine, ConnectionHandler<? super TlsConnection> handler)
      throws Exception {
    TlsConnection tls = shakeHands(connection, engine);
    handler.handle(tls);
    // If it failed, the connection just ends, and the client sees that it was cut.
    try {
      shutdownOutput(tls);
    } catch (IOException | TimeoutException e) {
      // A client that has gone, or doesn't listen, is none of the handler's failures.
    }
    tls.close();
  }

  @Coroutine
  private static TlsConnection shakeHands(TcpConnection connection, SSLEngine engine)
      throws IOException {
    try {
      return Task.timeout(PATIENCE, () -> TlsConnection.start(connection, engine, true));
    } catch (TimeoutException e) {
      SSLHandshakeException failure =
          new SSLHandshakeException("the client has not shaken hands within " + PATIENCE);
      connection.readFailed(failure);
      throw failure;
    }
  }

  @Coroutine
  private static void shutdownOutput(TlsConnection tls) throws IOException, TimeoutException {
    if (tls.isOpen()) {
      Task.timeout(PATIENCE, () -> tls.shutdownOutput());
    }
  }
}
