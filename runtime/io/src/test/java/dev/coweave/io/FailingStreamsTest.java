package dev.coweave.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.io.network.Network;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams that fail in any way: who waits for them is told, and nothing is held. */
@Timeout(300)
class FailingStreamsTest {
  private static final InetSocketAddress AT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 7);

  static Throwable[] failures() {
    return new Throwable[] {
      new IOException("broken"),
      new IllegalStateException("broken"),
      new OutOfMemoryError("broken"),
      new StackOverflowError("broken"),
      new AssertionError("broken")
    };
  }

  @SuppressWarnings("unchecked")
  private static <X extends Throwable> RuntimeException sneakyThrow(Throwable t) throws X {
    throw (X) t;
  }

  @Coroutine
  private static Throwable failureOf(CoroutineRunnable body) {
    try {
      body.run();
    } catch (Throwable t) {
      return t;
    }
    throw new AssertionError("nothing was thrown");
  }

  /** An Error comes as it is, all else as an IOException. */
  private static void isTold(Throwable failure, Throwable told) {
    if (failure instanceof Error) {
      assertSame(failure, told);
    } else {
      assertEquals("broken", assertInstanceOf(IOException.class, told).getMessage());
    }
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whoReadsAPipe_isTold_eachTime(Throwable failure) throws Exception {
    InputStream broken =
        new InputStream() {
          @Override
          public int read() {
            throw FailingStreamsTest.<RuntimeException>sneakyThrow(failure);
          }
        };
    EventLoop.run(
        () -> {
          PipeInput in = new PipeInput(broken, "a broken stream");
          isTold(failure, failureOf(() -> in.readLine()));
          isTold(failure, failureOf(() -> in.read(ByteBuffer.allocate(1))));
          isTold(failure, failureOf(() -> in.readAll(10)));
          in.close();
        });
  }

  @ParameterizedTest
  @MethodSource("failures")
  void whoWritesToAPipe_isTold_eachTime(Throwable failure) throws Exception {
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) {
            throw FailingStreamsTest.<RuntimeException>sneakyThrow(failure);
          }
        };
    EventLoop.run(
        () -> {
          ByteOutput out = new ByteOutput(broken, "a broken stream");
          isTold(failure, failureOf(() -> out.write(new byte[100_000])));
          Throwable again = failureOf(() -> out.write(new byte[1]));
          if (failure instanceof Error) {
            assertInstanceOf(IOException.class, again); // The first was cut.
          }
          out.close();
        });
  }

  /** What a network's endpoints throw, in whatever operation comes; closing is counted. */
  private static final class Broken {
    private final Supplier<Throwable> failure;
    private int closed;

    /** Whether streams connect. */
    private boolean connects;

    /** What closing throws; null if it works. */
    private Throwable closing = null;

    Broken(Throwable failure) {
      this.failure = () -> failure;
    }

    <T> T as(Class<T> type) {
      return type.cast(
          Proxy.newProxyInstance(
              type.getClassLoader(),
              new Class<?>[] {type},
              (proxy, method, arguments) ->
                  switch (method.getName()) {
                    case "close" -> {
                      closed++;
                      if (closing != null) {
                        throw closing;
                      }
                      yield null;
                    }
                    case "connect" -> {
                      if (!connects) {
                        throw failure.get();
                      }
                      yield true;
                    }
                    case "addresses" -> new InetAddress[] {AT.getAddress()};
                    case "isOpen" -> closed == 0;
                    case "remoteAddress" -> AT;
                    case "toString" -> "broken";
                    case "stream" -> as(Network.Stream.class);
                    case "listen" -> as(Network.Listener.class);
                    case "datagrams" -> as(Network.Datagrams.class);
                    default -> throw failure.get();
                  }));
    }
  }

  @ParameterizedTest
  @MethodSource("failures")
  void operationsOfSockets_throwWhatTheNetworkThrows_andLeaveNothingOpen(Throwable failure)
      throws Exception {
    EventLoop.run(
        () -> {
          Broken broken = new Broken(failure);
          Waits.substitute(Network.class, broken.as(Network.class));
          assertSame(failure, failureOf(() -> TcpConnection.connect(AT)));
          assertEquals(1, broken.closed);
          TcpConnection c = new TcpConnection(broken.as(Network.Stream.class));
          for (int i = 0; i < 2; i++) { // The second time nobody else is at it.
            assertSame(failure, failureOf(() -> c.readLine()));
            assertSame(failure, failureOf(() -> c.readExactly(1)));
            assertSame(failure, failureOf(() -> c.read(ByteBuffer.allocate(1))));
            assertSame(failure, failureOf(() -> c.write(new byte[1])));
            assertSame(failure, failureOf(() -> c.shutdownOutput()));
          }
          UdpSocket udp = UdpSocket.bind(AT);
          assertSame(failure, failureOf(() -> udp.receive(ByteBuffer.allocate(1))));
          assertSame(failure, failureOf(() -> udp.send(ByteBuffer.allocate(1), AT)));
          TcpServer server = TcpServer.bind(AT);
          assertSame(failure, failureOf(() -> server.accept()));
          int before = broken.closed;
          assertSame(
              failure,
              failureOf(() -> c.startTls("server", javax.net.ssl.SSLContext.getDefault())));
          assertEquals(before + 1, broken.closed);
          if (!(failure instanceof IOException)) {
            assertSame(failure, failureOf(() -> server.serve(1, d -> d.close())));
          }
          Task.yield();
        });
  }

  /** Gives streams that fail even when they are closed, then is closed itself. */
  private static Network.Listener listener(Throwable failure, int streams) {
    int[] left = {streams};
    return (Network.Listener)
        Proxy.newProxyInstance(
            Network.Listener.class.getClassLoader(),
            new Class<?>[] {Network.Listener.class},
            (proxy, method, arguments) ->
                switch (method.getName()) {
                  case "isOpen" -> left[0] > 0;
                  case "accept" -> {
                    if (left[0]-- == 0) {
                      throw new ClosedChannelException();
                    }
                    Broken broken = new Broken(failure);
                    broken.closing = failure;
                    yield broken.as(Network.Stream.class);
                  }
                  case "localAddress" -> AT;
                  default -> null;
                });
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aConnectionThatCantEvenBeClosed_givesBackItsPlaces(Throwable failure) throws Exception {
    int[] handled = new int[1];
    EventLoop.run(
        () -> {
          TcpServer server = new TcpServer(listener(failure, 4)).limitPerPeer(1);
          Task.timeout(Duration.ofMinutes(1), () -> server.serve(1, c -> handled[0]++));
        });
    assertEquals(4, handled[0]);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void aConnectionThatCantBeClosed_failsWithWhatWasTheMatter(Throwable failure) throws Exception {
    EventLoop.run(
        () -> {
          Broken broken = new Broken(failure);
          broken.closing = new IllegalStateException("can't be closed");
          Waits.substitute(Network.class, broken.as(Network.class));
          assertSame(failure, failureOf(() -> TcpConnection.connect(AT)));
          assertEquals(1, broken.closed);
          TcpConnection c = new TcpConnection(broken.as(Network.Stream.class));
          Throwable told =
              failureOf(() -> c.startTls("server", javax.net.ssl.SSLContext.getDefault()));
          assertSame(failure, told);
        });
  }

  @Test
  void tlsThatIsRefusedBeforeItBegins_leavesNothingOpen() throws Exception {
    EventLoop.run(
        () -> {
          Broken broken = new Broken(new IOException("broken"));
          broken.connects = true;
          Waits.substitute(Network.class, broken.as(Network.class));
          SSLParameters unknown = new SSLParameters(new String[] {"no such cipher"});
          SSLContext context = SSLContext.getDefault();
          assertInstanceOf(
              IllegalArgumentException.class,
              failureOf(() -> TlsConnection.connect("server", 7, context, unknown)));
          assertEquals(1, broken.closed);
        });
  }
}
