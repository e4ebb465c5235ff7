package dev.coweave.semantics;

import static dev.coweave.semantics.IoTests.bytes;
import static dev.coweave.semantics.IoTests.fails;
import static dev.coweave.semantics.IoTests.letOthersWait;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.UdpSocket;
import dev.coweave.task.Task;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Sockets, over loopback and in a simulated network. Each test ends by what happens on them, never by waiting for long enough. */
@ParameterizedClass
@EnumSource
@Timeout(300)
class SocketsTest {
  @Parameter World world;

  static final java.time.Duration MOMENT = java.time.Duration.ofMillis(1);
  private static final java.time.Duration LONG = java.time.Duration.ofMinutes(10);

  /** Both ends of a connection. */
  record Pair(TcpConnection client, TcpConnection server) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      server.close();
    }
  }

  static TcpServer server() throws IOException {
    return TcpServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @Coroutine
  static Pair connect() throws IOException {
    try (TcpServer server = server()) {
      Task<TcpConnection> accepted = Task.start(() -> server.accept());
      TcpConnection client = TcpConnection.connect(server.localAddress());
      return new Pair(client, Task.await(accepted));
    }
  }

  @Test
  void bytesGoBothWays() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.client.write(bytes("ping"));
            assertEquals("ping", new String(p.server.readExactly(4), UTF_8));
            p.server.write(bytes("pong\n"));
            assertEquals("pong", p.client.readLine());
          }
        });
  }

  @Test
  void readLine_endsAtEachKindOfEnd_andKeepsWhatFollows() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.client.write(bytes("one\r\ntwo\n\nth\u00e9\r\nlast"));
            p.client.shutdownOutput();
            assertEquals("one", p.server.readLine());
            assertEquals("two", p.server.readLine());
            assertEquals("", p.server.readLine());
            assertEquals("th\u00e9", p.server.readLine());
            assertEquals("last", p.server.readLine());
            assertNull(p.server.readLine());
          }
        });
  }

  @Test
  void readLine_longerThanAllowed_fails() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.client.write(bytes("12345\n123456\n"));
            assertEquals("12345", p.server.readLine(5));
            IOException e = fails(IOException.class, () -> p.server.readLine(5));
            assertEquals("a line of more than 5 bytes", e.getMessage());
          }
        });
  }

  @Test
  void readLine_withoutAMaximum_readsOn() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.client.write(bytes("a".repeat(20_000) + "\r\n\r\n"));
            assertEquals("a".repeat(20_000), p.server.readLine(Integer.MAX_VALUE));
            assertEquals("", p.server.readLine(0));
          }
        });
  }

  @Test
  void readLine_ofAPeerThatNeverEndsIt_failsAtTheMaximum() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            Task<Void> endless =
                Task.start(
                    () -> {
                      while (true) {
                        p.client.write(new byte[1000]);
                      }
                    });
            fails(IOException.class, () -> p.server.readLine(100_000));
            endless.cancel(false);
          }
        });
  }

  @Test
  void aHalfClosedConnection_isReadToItsEnd_andWrittenTo() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.client.write(bytes("question"));
            p.client.shutdownOutput();
            assertEquals("question", new String(p.server.readExactly(8), UTF_8));
            assertEquals(-1, p.server.read(ByteBuffer.allocate(1)));
            p.server.write(bytes("answer\n"));
            assertEquals("answer", p.client.readLine());
          }
        });
  }

  @Test
  void readExactly_pastTheEnd_takesNothing() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.client.write(bytes("abc"));
            p.client.shutdownOutput();
            EOFException e = fails(EOFException.class, () -> p.server.readExactly(4));
            assertEquals("the stream ended after 3 of 4 bytes", e.getMessage());
            assertEquals("abc", new String(p.server.readExactly(3), UTF_8));
          }
        });
  }

  @Test
  void aReadThatTimesOut_hasTakenNoByte() throws Exception {
    world.runInVirtualTime(
        () -> {
          try (Pair p = connect()) {
            p.client.write(bytes("abc"));
            fails(
                TimeoutException.class, () -> Task.timeout(MOMENT, () -> p.server.readExactly(6)));
            fails(TimeoutException.class, () -> Task.timeout(MOMENT, () -> p.server.readLine()));
            p.client.write(bytes("def\n"));
            assertEquals("abcdef", p.server.readLine());
          }
        });
  }

  @Test
  void aReadThatIsCancelled_hasTakenNoByte_andAnotherTaskMayRead() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            Task<byte[]> reading = Task.start(() -> p.server.readExactly(6));
            p.client.write(bytes("abc"));
            letOthersWait();
            reading.cancel(false);
            letOthersWait();
            assertTrue(reading.isCancelled());
            p.client.write(bytes("def"));
            assertEquals("abcdef", new String(p.server.readExactly(6), UTF_8));
          }
        });
  }

  @Test
  void anOperationThatIsCancelled_beforeItsFirstTry_leavesTheStreamToOthers() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.client.write(new byte[100_000]);
            Task<Void> reader =
                Task.start(
                    () -> {
                      while (true) { // There is always a byte: only fairness makes it wait.
                        p.server.read(ByteBuffer.allocate(1));
                      }
                    });
            Task.yield();
            reader.cancel(false);
            letOthersWait();
            assertTrue(reader.isCancelled());
            assertEquals(1, p.server.read(ByteBuffer.allocate(1)));
            Task<Void> writer =
                Task.start(
                    () -> {
                      while (true) {
                        p.server.write(new byte[1]);
                      }
                    });
            Task.yield();
            writer.cancel(false);
            letOthersWait();
            assertTrue(writer.isCancelled());
            p.server.write(new byte[1]);
          }
        });
  }

  @Test
  void aLargeWrite_waitsForASlowReader_andArrivesWhole() throws Exception {
    byte[] sent = new byte[20_000_000];
    new Random(1).nextBytes(sent);
    world.run(
        () -> {
          try (Pair p = connect()) {
            Task<Void> writing = Task.start(() -> p.client.write(sent));
            letOthersWait();
            assertFalse(writing.isDone());
            assertArrayEquals(sent, p.server.readExactly(sent.length));
            Task.await(writing);
          }
        });
  }

  @Test
  void aWriteCancelledHalfWay_breaksLaterWrites_notReads() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            Task<Void> writing = Task.start(() -> p.client.write(new byte[20_000_000]));
            letOthersWait();
            writing.cancel(false);
            letOthersWait();
            assertTrue(writing.isCancelled());
            IOException e = fails(IOException.class, () -> p.client.write(bytes("x")));
            assertTrue(e.getMessage().startsWith("an earlier write was cancelled half way"));
            p.server.write(bytes("still here\n"));
            assertEquals("still here", p.client.readLine());
          }
        });
  }

  @Test
  void aSecondReader_isRefused() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            Task<String> first = Task.start(() -> p.server.readLine());
            letOthersWait();
            IllegalStateException e =
                fails(IllegalStateException.class, () -> p.server.readExactly(1));
            assertTrue(e.getMessage().startsWith("another task reads already: TcpConnection to "));
            p.client.write(bytes("for the first\n"));
            assertEquals("for the first", Task.await(first));
          }
        });
  }

  @Test
  void closing_failsItsReader_andItsWriter_andNobodyElse() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect();
              Pair other = connect()) {
            Task<String> reader = Task.start(() -> p.server.readLine());
            Task<Void> writer = Task.start(() -> p.server.write(new byte[20_000_000]));
            Task<String> bystander = Task.start(() -> other.server.readLine());
            letOthersWait();
            p.server.close();
            fails(AsynchronousCloseException.class, () -> Task.await(reader));
            fails(AsynchronousCloseException.class, () -> Task.await(writer));
            fails(ClosedChannelException.class, () -> p.server.readLine());
            p.server.close();
            other.client.write(bytes("hello\n"));
            assertEquals("hello", Task.await(bystander));
          }
        });
  }

  @Test
  void aDeadPeer_isEndOfStream() throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.client.close();
            assertNull(p.server.readLine());
          }
        });
  }

  @Test
  void connecting_toNobody_isRefused() throws Exception {
    world.run(
        () -> {
          InetSocketAddress nobody;
          try (TcpServer server = server()) {
            nobody = server.localAddress();
          }
          fails(ConnectException.class, () -> TcpConnection.connect(nobody));
        });
  }

  @Test
  void connecting_toANameWithoutAddress_saysSo() throws Exception {
    world.run(
        () -> {
          UnknownHostException e =
              fails(
                  UnknownHostException.class,
                  () ->
                      TcpConnection.connect(
                          InetSocketAddress.createUnresolved("no.such.host.invalid", 80)));
          assertTrue(e.getMessage().startsWith("no.such.host.invalid"), e.getMessage());
        });
  }

  @Test
  void connecting_toAName_triesItsAddresses() throws Exception {
    world.run(
        () -> {
          try (TcpServer server = server()) {
            int port = server.localAddress().getPort();
            try (TcpConnection c = TcpConnection.connect("localhost", port);
                TcpConnection d =
                    TcpConnection.connect(InetSocketAddress.createUnresolved("localhost", port))) {
              assertEquals(server.localAddress(), c.remoteAddress());
              assertEquals(server.localAddress(), d.remoteAddress());
            }
          }
        });
  }

  @Test
  void accepting_canBeCancelled_timedOut_andClosed() throws Exception {
    world.runInVirtualTime(
        () -> {
          try (TcpServer server = server()) {
            fails(TimeoutException.class, () -> Task.timeout(LONG, () -> server.accept()));
            Task<TcpConnection> accepting = Task.start(() -> server.accept());
            letOthersWait();
            server.close();
            fails(AsynchronousCloseException.class, () -> Task.await(accepting));
          }
        });
  }

  @Test
  void datagrams() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    world.runInVirtualTime(
        () -> {
          try (UdpSocket a = UdpSocket.bind(any);
              UdpSocket b = UdpSocket.bind(any)) {
            ByteBuffer got = ByteBuffer.allocate(100);
            fails(TimeoutException.class, () -> Task.timeout(LONG, () -> b.receive(got)));
            Task<?> from = Task.start(() -> b.receive(got));
            letOthersWait();
            a.send(ByteBuffer.wrap(bytes("datagram")), b.localAddress());
            assertEquals(a.localAddress(), Task.await(from));
            assertEquals("datagram", new String(got.array(), 0, got.position(), UTF_8));
            Task<?> last = Task.start(() -> b.receive(got));
            letOthersWait();
            b.close();
            fails(AsynchronousCloseException.class, () -> Task.await(last));
          }
        });
  }
}
