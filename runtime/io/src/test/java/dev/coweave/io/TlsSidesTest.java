package dev.coweave.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.loop.EventLoop;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the two sides of a TLS connection wait. */
@Timeout(60)
class TlsSidesTest {
  private static final Operation OPERATION = Operation.of(TlsConnection.class, "startTls");

  private boolean open = true;

  /** A stream from which bytes come, and of which nobody takes any. */
  private Network.Stream stream(ByteBuffer bytes) {
    return (Network.Stream)
        Proxy.newProxyInstance(
            TlsSidesTest.class.getClassLoader(),
            new Class<?>[] {Network.Stream.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "isOpen" -> open;
                  case "read" -> {
                    int n = bytes.remaining();
                    ((ByteBuffer) arguments[0]).put(bytes);
                    yield n;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
  }

  private static SSLEngine engine(boolean client) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine("localhost", 7);
    engine.setUseClientMode(client);
    return engine;
  }

  private static ByteBuffer hello() throws Exception {
    ByteBuffer hello = ByteBuffer.allocate(20_000);
    engine(true).wrap(ByteBuffer.allocate(0), hello);
    return hello.flip();
  }

  /** Else it would be asked for ever what the engine needs, without a wait: the channel's end is found after that. */
  @Test
  void theEnginesWork_isDone_thoughTheChannelIsClosed() throws Exception {
    SSLEngine engine = engine(false);
    Network.Stream stream = stream(hello());
    TlsEngine tls = new TlsEngine(stream, engine, new ByteQueue());
    TlsSides sides = new TlsSides(tls, stream);
    EventLoop.run(
        () -> {
          assertEquals(0, sides.step(sides.writer, () -> tls.handshake() ? 1 : 0));
          assertEquals(HandshakeStatus.NEED_TASK, engine.getHandshakeStatus());
          open = false;
          sides.await(sides.writer, OPERATION);
          assertNotEquals(HandshakeStatus.NEED_TASK, engine.getHandshakeStatus());
        });
  }
}
