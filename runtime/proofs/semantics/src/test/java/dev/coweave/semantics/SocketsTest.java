package dev.coweave.semantics;

import static dev.coweave.semantics.IoTests.bytes;
import static dev.coweave.semantics.IoTests.fails;
import static dev.coweave.semantics.IoTests.letOthersWait;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.io.Readiness;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.UdpSocket;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets, over loopback. Each test ends by what happens on them, never by waiting for long enough. */
@Timeout(60)
class SocketsTest {
  private static final java.time.Duration MOMENT = java.time.Duration.ofMillis(1);
  private static final java.time.Duration HOUR = java.time.Duration.ofHours(1);

  /** Both ends of a connection. */
  private record Pair(TcpConnection client, TcpConnection server) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      server.close();
    }
  }

  private static TcpServer server() throws IOException {
    return TcpServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @Coroutine
  private static Pair connect() throws IOException {
    try (TcpServer server = server()) {
      Task<TcpConnection> accepted = Task.start(() -> server.accept());
      TcpConnection client = TcpConnection.connect(server.localAddress());
      return new Pair(client, Task.await(accepted));
    }
  }

  @Test
  void bytesGoBothWays() throws Exception {
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
        new VirtualClock(),
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
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
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
  void closing_onAnotherThread_failsItsReader() throws Exception {
    EventLoop.run(
        () -> {
          try (Pair p = connect()) {
            Task<String> reader = Task.start(() -> p.server.readLine());
            letOthersWait();
            Task.blocking(
                () -> {
                  p.server.close();
                  return null;
                });
            fails(AsynchronousCloseException.class, () -> Task.await(reader));
          }
        });
  }

  @Test
  void aResetPeer_failsTheRead() throws Exception {
    EventLoop.run(
        () -> {
          try (Pair p = connect()) {
            Task<String> reader = Task.start(() -> p.server.readLine());
            letOthersWait();
            p.client.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
            p.client.close();
            IOException e = fails(IOException.class, () -> Task.await(reader));
            assertFalse(e instanceof ClosedChannelException);
          }
        });
  }

  @Test
  void closing_isDoneAtOnce_alsoIfItsLoopWaitsForNothingElse() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open();
        EventLoop loop = EventLoop.open("closing")) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Task<Void> client =
          loop.start(
              () -> {
                try (TcpConnection c = TcpConnection.connect(server.getLocalAddress())) {
                  fails(TimeoutException.class, () -> Task.timeout(MOMENT, () -> c.readLine()));
                  c.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
                }
                Task.sleep(HOUR);
              });
      try (SocketChannel accepted = server.accept()) {
        IOException e =
            assertThrows(IOException.class, () -> accepted.read(ByteBuffer.allocate(1)));
        assertEquals("Connection reset", e.getMessage());
      }
      client.cancel(false);
    }
  }

  @Test
  void aDeadPeer_isEndOfStream() throws Exception {
    EventLoop.run(
        () -> {
          try (Pair p = connect()) {
            p.client.close();
            assertNull(p.server.readLine());
          }
        });
  }

  @Test
  void connecting_toNobody_isRefused() throws Exception {
    EventLoop.run(
        () -> {
          InetSocketAddress nobody;
          try (TcpServer server = server()) {
            nobody = server.localAddress();
          }
          fails(ConnectException.class, () -> TcpConnection.connect(nobody));
        });
  }

  @Test
  void connecting_thatTimesOut_leavesNothingOpen_alsoIfItsLoopWaitsForNothingElse()
      throws Exception {
    List<SocketChannel> filling = new ArrayList<>();
    try (ServerSocketChannel full = ServerSocketChannel.open();
        EventLoop loop = EventLoop.open("connecting")) {
      full.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
      do { // until its queue has no room for another
        filling.add(SocketChannel.open());
        filling.get(filling.size() - 1).configureBlocking(false);
        filling.get(filling.size() - 1).connect(full.getLocalAddress());
        Thread.sleep(20);
      } while (filling.get(filling.size() - 1).finishConnect());
      try (TcpServer server = server()) {
        CoroutineRunnable listening = // after which the loop has a selector
            () -> fails(TimeoutException.class, () -> Task.timeout(MOMENT, () -> server.accept()));
        loop.start(listening).get();
        long before = openFiles();
        CoroutineRunnable connecting =
            () ->
                fails(
                    TimeoutException.class,
                    () ->
                        Task.timeout(MOMENT, () -> TcpConnection.connect(full.getLocalAddress())));
        loop.start(connecting).get();
        while (openFiles() > before) {
          Thread.sleep(1);
        }
      }
    } finally {
      for (SocketChannel c : filling) {
        c.close();
      }
    }
  }

  /** How many file descriptors this process has open; 0 where that can't be told. */
  private static long openFiles() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getOpenFileDescriptorCount()
        : 0;
  }

  @Test
  void connecting_toANameWithoutAddress_saysSo() throws Exception {
    EventLoop.run(
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
    EventLoop.run(
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
    EventLoop.run(
        new VirtualClock(),
        () -> {
          try (TcpServer server = server()) {
            fails(TimeoutException.class, () -> Task.timeout(HOUR, () -> server.accept()));
            Task<TcpConnection> accepting = Task.start(() -> server.accept());
            letOthersWait();
            server.close();
            fails(AsynchronousCloseException.class, () -> Task.await(accepting));
          }
        });
  }

  @Test
  void serve_servesManyAtOnce_butNotMoreThanAllowed() throws Exception {
    List<Integer> open = new ArrayList<>();
    int[] most = {0};
    EventLoop.run(
        () -> {
          try (TcpServer server = server()) {
            Task<Void> serving =
                Task.start(
                    () ->
                        server.serve(
                            3,
                            connection -> {
                              open.add(1);
                              most[0] = Math.max(most[0], open.size());
                              while (most[0] < 3) {
                                Task.yield();
                              }
                              connection.write(connection.readExactly(1));
                              open.remove(0);
                            }));
            try (TaskScope clients = TaskScope.open()) {
              for (int i = 0; i < 20; i++) {
                clients.fork(() -> echoOne(server.localAddress()));
              }
              clients.join();
            }
            server.close();
            Task.await(serving);
          }
        });
    assertEquals(0, open.size());
    assertEquals(3, most[0]);
  }

  @Coroutine
  private static void echoOne(InetSocketAddress server) throws IOException {
    try (TcpConnection c = TcpConnection.connect(server)) {
      c.write(new byte[] {7});
      assertArrayEquals(new byte[] {7}, c.readExactly(1));
      assertEquals(-1, c.read(ByteBuffer.allocate(1)));
    }
  }

  @Test
  void serve_cancelled_cancelsItsHandlers_andClosesTheirConnections() throws Exception {
    List<String> log = new ArrayList<>();
    EventLoop.run(
        () -> {
          try (TcpServer server = server()) {
            Task<Void> serving =
                Task.start(
                    () ->
                        server.serve(
                            3,
                            connection -> {
                              try {
                                connection.readLine();
                              } catch (TaskCancelled e) {
                                log.add("cancelled");
                                throw e;
                              }
                            }));
            try (TcpConnection client = TcpConnection.connect(server.localAddress())) {
              while (Task.all().size() < 3) {
                Task.yield();
              }
              letOthersWait();
              serving.cancel(false);
              assertEquals(-1, client.read(ByteBuffer.allocate(1)));
            }
            fails(java.util.concurrent.CancellationException.class, () -> Task.await(serving));
          }
        });
    assertEquals(List.of("cancelled"), log);
  }

  @Test
  void serve_aHandlerThatFails_isReported_andEndsItsConnectionOnly() throws Exception {
    try (Reports reports = new Reports()) {
      List<String> expected = new ArrayList<>();
      EventLoop.run(
          () -> {
            try (TcpServer server = server()) {
              Task<Void> serving =
                  Task.start(
                      () ->
                          server.serve(
                              3,
                              connection -> {
                                if (connection.readExactly(1)[0] == 'x') {
                                  throw new IOException("on purpose");
                                }
                                connection.write(bytes("ok\n"));
                              }));
              try (TcpConnection bad = TcpConnection.connect(server.localAddress());
                  TcpConnection good = TcpConnection.connect(server.localAddress())) {
                expected.add(
                    "the handler of the connection from "
                        + bad.channel().getLocalAddress()
                        + " failed");
                bad.write(bytes("x"));
                assertNull(bad.readLine());
                good.write(bytes("y"));
                assertEquals("ok", good.readLine());
              }
              server.close();
              Task.await(serving);
            }
          });
      assertEquals(expected, reports.messages());
      assertEquals("on purpose", reports.records().get(0).getThrown().getMessage());
    }
  }

  @Test
  void onAnExecutor_socketsWorkAsOnALoop() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      CoroutineCallable<String> body =
          () -> {
            try (TcpServer server = server()) {
              Task<TcpConnection> accepted = Task.start(() -> server.accept());
              try (TcpConnection client = TcpConnection.connect(server.localAddress());
                  TcpConnection accepting = Task.await(accepted)) {
                accepting.write(bytes("from a pool\n"));
                return client.readLine();
              }
            }
          };
      assertEquals("from a pool", Task.start(pool, body).get());
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void onAnExecutorThatRunsAtOnce_aReadThatTimesOut_isOverBeforeTheNext() throws Exception {
    CoroutineCallable<String> body =
        () -> {
          try (Pair p = connect()) {
            for (int i = 0; i < 10; i++) {
              fails(TimeoutException.class, () -> Task.timeout(MOMENT, () -> p.server.readLine()));
            }
            p.client.write(bytes("at last\n"));
            return p.server.readLine();
          }
        };
    assertEquals("at last", Task.start(Runnable::run, body).get());
  }

  @Test
  void fromPlainCode_theyBlock() throws Exception {
    try (TcpServer server = server()) {
      TcpConnection client = TcpConnection.connect(server.localAddress());
      TcpConnection accepted = server.accept();
      client.write(bytes("plain\n"));
      assertEquals("plain", accepted.readLine());
      Thread peer = new Thread(() -> answer(client));
      peer.start();
      accepted.write(bytes("question\n"));
      assertEquals(2, accepted.read(ByteBuffer.allocate(2)));
      assertEquals("swer", accepted.readLine());
      peer.join();
      client.close();
      accepted.close();
    }
  }

  private static void answer(TcpConnection to) {
    try {
      assertEquals("question", to.readLine());
      Thread.sleep(50); // so that the other's read most likely has to wait
      to.write(bytes("answer\n"));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void readinessOfAnyChannel() throws Exception {
    EventLoop.run(
        () -> {
          Pipe pipe = Pipe.open();
          pipe.source().configureBlocking(false);
          pipe.sink().configureBlocking(false);
          Task<Integer> reading =
              Task.start(
                  () -> {
                    Readiness.readable(pipe.source());
                    return pipe.source().read(ByteBuffer.allocate(10));
                  });
          letOthersWait();
          assertFalse(reading.isDone());
          Readiness.writable(pipe.sink());
          pipe.sink().write(ByteBuffer.allocate(5));
          assertEquals(5, Task.await(reading));

          Task<Void> waiting = Task.start(() -> Readiness.readable(pipe.source()));
          letOthersWait();
          Readiness.close(pipe.source());
          fails(AsynchronousCloseException.class, () -> Task.await(waiting));
          fails(ClosedChannelException.class, () -> Readiness.readable(pipe.source()));
          pipe.sink().close();
        });
  }

  @Test
  void readinessOfAChannelThatSomebodyCloses_fails() throws Exception {
    EventLoop.run(
        () -> {
          Pipe pipe = Pipe.open();
          pipe.source().configureBlocking(false);
          Task<Void> waiting = Task.start(() -> Readiness.readable(pipe.source()));
          letOthersWait();
          pipe.source().close();
          fails(AsynchronousCloseException.class, () -> Task.await(waiting));
          pipe.sink().close();
        });
  }

  @Test
  void aWaitThatIsCancelled_afterItsChannelWasClosed_isCancelled() throws Exception {
    EventLoop.run(
        () -> {
          Pipe pipe = Pipe.open();
          pipe.source().configureBlocking(false);
          Task<Void> waiting = Task.start(() -> Readiness.readable(pipe.source()));
          letOthersWait();
          pipe.source().close();
          waiting.cancel(false);
          fails(CancellationException.class, () -> Task.await(waiting));
          pipe.sink().close();
        });
  }

  @Test
  void aWaitThatIsCancelled_whileAnotherThreadClosesItsChannel_ends() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      for (int i = 0; i < 2000; i++) {
        Pipe pipe = Pipe.open();
        pipe.source().configureBlocking(false);
        Task<Void> waiting = Task.start(Runnable::run, () -> Readiness.readable(pipe.source()));
        CyclicBarrier both = new CyclicBarrier(2);
        Future<?> closing =
            pool.submit(
                () -> {
                  both.await();
                  pipe.source().close();
                  return null;
                });
        both.await();
        waiting.cancel(false);
        closing.get();
        Exception e = assertThrows(Exception.class, () -> waiting.get(10, TimeUnit.SECONDS));
        assertTrue(
            e instanceof CancellationException || e.getCause() instanceof ClosedChannelException,
            e::toString);
        pipe.sink().close();
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void readinessOfABlockingChannel_saysSo() throws Exception {
    EventLoop.run(
        () -> {
          Pipe pipe = Pipe.open();
          IllegalStateException e =
              fails(IllegalStateException.class, () -> Readiness.readable(pipe.source()));
          assertEquals(
              "Readiness.readable of a blocking channel\n  fix: channel.configureBlocking(false)",
              e.getMessage());
        });
  }

  @Test
  void datagrams() throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    EventLoop.run(
        new VirtualClock(),
        () -> {
          try (UdpSocket a = UdpSocket.bind(any);
              UdpSocket b = UdpSocket.bind(any)) {
            ByteBuffer got = ByteBuffer.allocate(100);
            fails(TimeoutException.class, () -> Task.timeout(HOUR, () -> b.receive(got)));
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

  @Test
  void whatWaitsForASocket_isNoDeadlock_andEndsWithTheLoop() throws Exception {
    List<String> log = new ArrayList<>();
    EventLoop.run(
        new VirtualClock(),
        () -> {
          TcpServer server = server();
          Task.start(
              () -> {
                try (server) {
                  server.accept();
                } finally {
                  log.add("ended");
                }
              });
          letOthersWait();
        });
    assertEquals(List.of("ended"), log);
  }
}
