package dev.coweave.semantics;

import static dev.coweave.semantics.IoTests.bytes;
import static dev.coweave.semantics.IoTests.fails;
import static dev.coweave.semantics.IoTests.letOthersWait;
import static dev.coweave.semantics.SocketsTest.MOMENT;
import static dev.coweave.semantics.SocketsTest.connect;
import static dev.coweave.semantics.SocketsTest.server;
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
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.semantics.SocketsTest.Pair;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Sockets where they meet what only the real network has: channels, threads, executors. Each test ends by what happens on them, never by waiting for long enough. */
@Timeout(300)
class RealSocketsTest {
  private static final java.time.Duration HOUR = java.time.Duration.ofHours(1);

  @Test
  void closing_onAnotherThread_failsItsReader() throws Exception {
    EventLoop.run(
        () -> {
          try (Pair p = connect()) {
            Task<String> reader = Task.start(() -> p.server().readLine());
            letOthersWait();
            Task.blocking(
                () -> {
                  p.server().close();
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
            Task<String> reader = Task.start(() -> p.server().readLine());
            letOthersWait();
            p.client().channel().setOption(StandardSocketOptions.SO_LINGER, 0);
            p.client().close();
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
              fails(
                  TimeoutException.class, () -> Task.timeout(MOMENT, () -> p.server().readLine()));
            }
            p.client().write(bytes("at last\n"));
            return p.server().readLine();
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

  private static void answer(TcpConnection to) {
    try {
      assertEquals("question", to.readLine());
      Thread.sleep(50); // so that the other's read most likely has to wait
      to.write(bytes("answer\n"));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
