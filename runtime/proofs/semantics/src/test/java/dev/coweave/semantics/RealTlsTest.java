package dev.coweave.semantics;

import static dev.coweave.semantics.IoTests.bytes;
import static dev.coweave.semantics.IoTests.fails;
import static dev.coweave.semantics.IoTests.letOthersWait;
import static dev.coweave.semantics.TlsTest.ANY;
import static dev.coweave.semantics.TlsTest.CLIENT;
import static dev.coweave.semantics.TlsTest.MOMENT;
import static dev.coweave.semantics.TlsTest.SERVER;
import static dev.coweave.semantics.TlsTest.clientEngine;
import static dev.coweave.semantics.TlsTest.connect;
import static dev.coweave.semantics.TlsTest.echoLines;
import static dev.coweave.semantics.TlsTest.only;
import static dev.coweave.semantics.TlsTest.random;
import static dev.coweave.semantics.TlsTest.serverEngine;
import static dev.coweave.semantics.TlsTest.watched;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.Connection;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.TlsConnection;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.semantics.TlsTest.Pair;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS where it meets what only the real network has: the peers of the JDK, channels, threads, executors. */
@Timeout(300)
class RealTlsTest {
  /** How long a thread waits before it gives up, so that a test that fails ends, in milliseconds. */
  private static final int TOO_LONG = 120_000;

  /** A peer of another make, on a thread of its own. */
  @Coroutine
  private static <T> Task<T> peer(Callable<T> body) {
    return Task.start(() -> Task.blocking(body));
  }

  private static SSLSocket accept(SSLServerSocket server) throws IOException {
    SSLSocket socket = (SSLSocket) server.accept();
    socket.setSoTimeout(TOO_LONG);
    return socket;
  }

  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static SSLServerSocket blockingServer() throws IOException {
    SSLServerSocket server =
        (SSLServerSocket)
            SERVER
                .getServerSocketFactory()
                .createServerSocket(0, 10, InetAddress.getLoopbackAddress());
    server.setSoTimeout(TOO_LONG);
    return server;
  }

  private static SSLSocket blockingClient(InetSocketAddress server, String protocol)
      throws IOException {
    SSLSocket socket =
        (SSLSocket) CLIENT.getSocketFactory().createSocket(server.getAddress(), server.getPort());
    socket.setEnabledProtocols(new String[] {protocol});
    socket.setSoTimeout(TOO_LONG);
    return socket;
  }

  private static BufferedReader lines(SSLSocket socket) throws IOException {
    return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aClient_talksToTheJdksServer(String protocol) throws Exception {
    EventLoop.run(
        () -> {
          try (SSLServerSocket server = blockingServer()) {
            Task<String> peer =
                peer(
                    () -> {
                      try (SSLSocket s = accept(server)) {
                        String line = lines(s).readLine();
                        s.getOutputStream().write(bytes(line + " back\n"));
                        return s.getSession().getProtocol();
                      }
                    });
            try (TlsConnection c =
                TlsConnection.connect("localhost", server.getLocalPort(), CLIENT, only(protocol))) {
              c.write(bytes("there and\n"));
              assertEquals("there and back", c.readLine());
              assertNull(c.readLine());
              assertEquals(protocol, c.session().getProtocol());
            }
            assertEquals(protocol, Task.await(peer));
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aServer_servesTheJdksClient(String protocol) throws Exception {
    EventLoop.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY)) {
            Task<Void> serving = Task.start(() -> server.serve(3, SERVER, c -> echoLines(c)));
            InetSocketAddress address = server.localAddress();
            Task<List<String>> peer =
                peer(
                    () -> {
                      try (SSLSocket s = blockingClient(address, protocol)) {
                        BufferedReader in = lines(s);
                        List<String> got = new ArrayList<>();
                        for (String line : List.of("one", "two", "three")) {
                          s.getOutputStream().write(bytes(line + "\n"));
                          got.add(in.readLine());
                        }
                        s.shutdownOutput();
                        assertNull(in.readLine());
                        return got;
                      }
                    });
            assertEquals(List.of("one", "two", "three"), Task.await(peer));
            server.close();
            Task.await(serving);
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void muchGoesBothWaysAtOnce_withTheJdksServer(String protocol) throws Exception {
    byte[] up = random(3_000_000, 1);
    byte[] down = random(4_000_000, 2);
    EventLoop.run(
        () -> {
          try (SSLServerSocket server = blockingServer();
              TaskScope scope = TaskScope.open()) {
            Task<byte[]> peer =
                scope.fork(
                    () ->
                        Task.blocking(
                            () -> {
                              try (SSLSocket s = accept(server)) {
                                Thread writer = new Thread(() -> write(s, down));
                                writer.start();
                                byte[] got = s.getInputStream().readNBytes(up.length);
                                writer.join();
                                return got;
                              }
                            }));
            try (TlsConnection c =
                TlsConnection.connect("localhost", server.getLocalPort(), CLIENT, only(protocol))) {
              Task<Void> writing = scope.fork(() -> c.write(up));
              assertArrayEquals(down, c.readExactly(down.length));
              Task.await(writing);
            } // The JDK's close waits for this one.
            scope.join();
            assertArrayEquals(up, peer.join());
          }
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void muchGoesBothWaysAtOnce_onAnExecutor(String protocol) throws Exception {
    byte[] up = random(3_000_000, 3);
    byte[] down = random(4_000_000, 4);
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      Task.start(
              pool,
              () -> {
                try (Pair p = connect(protocol);
                    TaskScope scope = TaskScope.open()) {
                  scope.fork(() -> p.client().write(up));
                  scope.fork(() -> p.server().write(down));
                  Task<byte[]> atServer = scope.fork(() -> p.server().readExactly(up.length));
                  Task<byte[]> atClient = scope.fork(() -> p.client().readExactly(down.length));
                  scope.join();
                  assertArrayEquals(up, atServer.join());
                  assertArrayEquals(down, atClient.join());
                }
              })
          .get();
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void fromPlainCode_itBlocks() throws Exception {
    try (SSLServerSocket server = blockingServer()) {
      Thread peer =
          new Thread(
              () -> {
                try (SSLSocket s = accept(server)) {
                  s.getOutputStream().write(bytes("plain\n"));
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      peer.start();
      try (TlsConnection c = TlsConnection.connect("localhost", server.getLocalPort(), CLIENT)) {
        assertEquals("plain", c.readLine());
        assertNull(c.readLine());
      }
      peer.join();
    }
  }

  @Test
  void certificatesAreCheckedOnAWorkerThread() throws Exception {
    List<String> threads = new ArrayList<>();
    SSLContext client = watched(() -> threads.add(Thread.currentThread().getName()));
    EventLoop.run(
        () -> {
          try (SSLServerSocket server = blockingServer()) {
            Task<Integer> peer =
                peer(
                    () -> {
                      try (SSLSocket s = accept(server)) {
                        return s.getInputStream().read();
                      }
                    });
            try (TlsConnection c =
                TlsConnection.connect("localhost", server.getLocalPort(), client)) {
              c.shutdownOutput();
            }
            assertEquals(-1, Task.await(peer));
          }
        });
    assertEquals(1, threads.size());
    assertTrue(threads.get(0).startsWith("coweave-worker-"), threads.get(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void aStreamThatIsCut_isAFailure_notTheEnd(String protocol) throws Exception {
    EventLoop.run(
        () -> {
          try (Pair p = connect(protocol)) {
            p.server().write(bytes("half a li"));
            p.server().channel().shutdownOutput();
            SSLException e = fails(SSLException.class, () -> p.client().readLine());
            assertEquals(
                "the stream was cut: it ended without the peer's close_notify\n"
                    + "  because: somebody on the way may have cut it, so what came may not be all",
                e.getMessage());
            assertEquals("half a li", new String(p.client().readExactly(9), UTF_8));
            SSLException again =
                fails(SSLException.class, () -> p.client().read(ByteBuffer.allocate(1)));
            assertTrue(again.getMessage().startsWith("TLS has failed before: the stream was cut"));
          }
        });
  }

  @Test
  void aPeerThatSendsKeyUpdatesAlone_letsOthersHaveTheirTurns() throws Exception {
    EventLoop.run(
        () -> {
          SSLEngine client = clientEngine("TLSv1.3");
          try (Pair p = connect(client, serverEngine())) {
            ByteBuffer flood = ByteBuffer.allocate(1 << 16);
            for (int i = 0; i < 500; i++) {
              client.beginHandshake();
              client.wrap(ByteBuffer.allocate(0), flood);
            }
            client.wrap(ByteBuffer.wrap(bytes("something\n")), flood);
            assertEquals(flood.position(), p.client().channel().write(flood.flip()));
            Task<String> reader = Task.start(() -> p.server().readLine());
            int turns = 0;
            for (; !reader.isDone(); turns++) {
              Task.yield();
            }
            assertEquals("something", Task.await(reader));
            assertTrue(turns > 10, turns + " turns");
          }
        });
  }

  @Test
  void aForgedRecord_failsTheRead_andThePeerIsTold() throws Exception {
    EventLoop.run(
        () -> {
          try (Pair p = connect("TLSv1.3")) {
            p.server()
                .channel()
                .write(
                    ByteBuffer.wrap(
                        new byte[] {
                          0x17, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
                          17, 18, 19, 20
                        }));
            fails(SSLException.class, () -> p.client().read(ByteBuffer.allocate(1)));
            SSLException told = fails(SSLException.class, () -> p.server().readLine());
            assertTrue(told.getMessage().contains("bad_record_mac"), told.getMessage());
          }
        });
  }

  // ---- cancellation

  /** Passes bytes on, so many at a time, each for a permit. */
  @Coroutine
  private static void relay(TcpConnection from, TcpConnection to, int[] permits, int piece)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(piece);
    while (from.read(buffer.clear()) >= 0) {
      while (permits[0] == 0) {
        Task.yield();
      }
      permits[0]--;
      to.write(buffer.flip());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 7, 100})
  void aReadThatIsCancelled_anywhereInARecord_hasTakenNoByte(int piece) throws Exception {
    int[] toServer = {Integer.MAX_VALUE};
    int[] toClient = {Integer.MAX_VALUE};
    EventLoop.run(
        () -> {
          try (TcpServer listener = TcpServer.bind(ANY);
              TaskScope scope = TaskScope.open()) {
            Task<TlsConnection> accepted =
                scope.fork(() -> listener.accept().startTls(serverEngine()));
            TcpConnection behind = TcpConnection.connect(listener.localAddress());
            letOthersWait();
            Task<TcpConnection> relay = scope.fork(() -> listener.accept());
            TcpConnection plain = TcpConnection.connect(listener.localAddress());
            TcpConnection front = Task.await(relay);
            scope.fork(() -> relay(front, behind, toServer, 1000));
            scope.fork(() -> relay(behind, front, toClient, piece));
            TlsConnection client = plain.startTls(clientEngine("TLSv1.3"));
            TlsConnection server = Task.await(accepted);
            toClient[0] = 0;
            String sent = "";
            for (int i = 0; i < 10; i++) {
              server.write(bytes("line " + i + "\n"));
              sent += "line " + i + "\n";
            }
            String got = "";
            while (got.length() < sent.length()) {
              toClient[0]++;
              Task<String> reading = Task.start(() -> readSome(client));
              letOthersWait();
              letOthersWait();
              reading.cancel(false);
              letOthersWait();
              assertTrue(reading.isDone());
              got += reading.isCancelled() ? "" : Task.await(reading);
            }
            assertEquals(sent, got);
            scope.cancel();
            client.channel().close();
            server.channel().close();
            front.close();
            behind.close();
          }
        });
  }

  @Coroutine
  private static String readSome(TlsConnection c) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(3);
    c.read(buffer);
    return new String(buffer.array(), 0, buffer.position(), UTF_8);
  }

  // ---- what the peers have to say to each other

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
  void thePeerShakesHandsAgain_whileMuchGoesBothWays(String protocol) throws Exception {
    byte[] up = random(1_000_000, 6);
    byte[] down = random(1_000_000, 7);
    EventLoop.run(
        () -> {
          try (TcpServer listener = TcpServer.bind(ANY);
              TaskScope scope = TaskScope.open()) {
            Task<TlsConnection> accepted =
                scope.fork(() -> listener.accept().startTls(serverEngine()));
            InetSocketAddress address = listener.localAddress();
            Task<byte[]> peer =
                scope.fork(
                    () ->
                        Task.blocking(
                            () -> {
                              try (SSLSocket s = blockingClient(address, protocol)) {
                                Thread writer = new Thread(() -> writeShaking(s, down));
                                writer.start();
                                byte[] got = s.getInputStream().readNBytes(up.length);
                                writer.join();
                                return got;
                              }
                            }));
            TlsConnection c = Task.await(accepted);
            Task<Void> writing = scope.fork(() -> c.write(up));
            assertArrayEquals(down, c.readExactly(down.length));
            Task.await(writing);
            c.close(); // The JDK's close waits for this one.
            scope.join();
            assertArrayEquals(up, peer.join());
          }
        });
  }

  /** Writes, and now and then asks for new keys. */
  private static void writeShaking(SSLSocket to, byte[] bytes) {
    try {
      OutputStream out = to.getOutputStream();
      for (int at = 0; at < bytes.length; at += 100_000) {
        to.startHandshake();
        out.write(bytes, at, 100_000);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** On several threads, so that readers, writers and timeouts meet anywhere. */
  @ParameterizedTest
  @CsvSource({"TLSv1.2, 1", "TLSv1.3, 4"})
  void timeoutsAndNewKeysAtAnyTime_loseNoByte(String protocol, int threads) throws Exception {
    byte[] up = random(200_000, 9);
    byte[] down = random(200_000, 10);
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      Task.start(
              pool,
              () -> {
                SSLEngine client = clientEngine(protocol);
                try (Pair p = connect(client, serverEngine());
                    TaskScope scope = TaskScope.open()) {
                  Task<Void> keys = scope.fork(() -> shakeNowAndThen(client));
                  scope.fork(() -> writePieces(p.client(), up));
                  scope.fork(() -> writePieces(p.server(), down));
                  Task<byte[]> atServer = scope.fork(() -> readImpatiently(p.server(), up.length));
                  Task<byte[]> atClient =
                      scope.fork(() -> readImpatiently(p.client(), down.length));
                  assertArrayEquals(up, Task.await(atServer));
                  assertArrayEquals(down, Task.await(atClient));
                  keys.cancel(false);
                }
              })
          .get();
    } finally {
      pool.shutdown();
    }
  }

  @Coroutine
  private static void shakeNowAndThen(SSLEngine engine) throws IOException {
    while (true) {
      // Begun before the last one's Finished was wrapped, a handshake of TLS 1.2 fails in the JDK
      // itself: hence its one thread here.
      if (engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
        engine.beginHandshake();
      }
      Task.sleep(Duration.ofMillis(3));
    }
  }

  @Coroutine
  private static void writePieces(Connection to, byte[] bytes) throws IOException {
    Random random = new Random(11);
    for (int at = 0; at < bytes.length; ) {
      int n = Math.min(bytes.length - at, 1 + random.nextInt(20_000));
      to.write(ByteBuffer.wrap(bytes, at, n));
      at += n;
      if (random.nextInt(4) == 0) {
        Task.sleep(Duration.ofNanos(random.nextInt(2_000_000)));
      }
    }
  }

  @Coroutine
  private static byte[] readImpatiently(Connection from, int length) throws IOException {
    Random random = new Random(12);
    ByteBuffer all = ByteBuffer.allocate(length);
    while (all.hasRemaining()) {
      try {
        Task.timeout(Duration.ofNanos(random.nextInt(300_000)), () -> from.read(all));
      } catch (TimeoutException e) {
        // Nothing was taken.
      }
    }
    return all.array();
  }

  @Test
  void aPeerThatNeverShakesHands_holdsOnePlaceOfTheServers_forTenSeconds() throws Exception {
    VirtualClock clock = new VirtualClock();
    EventLoop.run(
        clock,
        () -> {
          try (TcpServer server = TcpServer.bind(ANY)) {
            Task<Void> serving = Task.start(() -> server.serve(1, SERVER, c -> echoLines(c)));
            try (TcpConnection silent = TcpConnection.connect(server.localAddress())) {
              silent.write(new byte[] {0x16, 3, 1}); // It begins to.
              int port = server.localAddress().getPort();
              try (TlsConnection c = TlsConnection.connect("localhost", port, CLIENT)) {
                assertTrue(clock.elapsed().compareTo(Duration.ofSeconds(10)) >= 0);
                c.write(bytes("served\n"));
                assertEquals("served", c.readLine());
              }
              assertTrue(silent.read(ByteBuffer.allocate(100)) <= 7); // an alert at most
            }
            server.close();
            Task.await(serving);
          }
        });
  }

  private static void write(SSLSocket to, byte[] bytes) {
    try {
      to.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theLoopGoesOn_whileCertificatesAreCheckedAgain() throws Exception {
    CountDownLatch checking = new CountDownLatch(2);
    CountDownLatch written = new CountDownLatch(1);
    SSLContext context =
        watched(
            () -> {
              checking.countDown();
              if (checking.getCount() == 0) {
                await(written);
              }
            });
    SSLEngine client = context.createSSLEngine();
    client.setUseClientMode(true);
    client.setSSLParameters(only("TLSv1.2"));
    EventLoop.run(
        () -> {
          try (Pair p = connect(client, serverEngine())) {
            client.getSession().invalidate();
            client.beginHandshake();
            Task<String> reader = Task.start(() -> p.client().readLine());
            Task<String> peer = Task.start(() -> p.server().readLine());
            while (checking.getCount() > 0) {
              Task.sleep(MOMENT);
            }
            Task<Void> writer = Task.start(() -> p.client().write(bytes("question\n")));
            letOthersWait();
            assertFalse(writer.isDone());
            written.countDown();
            Task.await(writer);
            assertEquals("question", Task.await(peer));
            p.server().write(bytes("answer\n"));
            assertEquals("answer", Task.await(reader));
          }
        });
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(TOO_LONG, TimeUnit.MILLISECONDS), "the loop was blocked");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aKeyUpdate_isRead_whileNothingCanBeWritten() throws Exception {
    byte[] much = random(20_000_000, 8);
    EventLoop.run(
        () -> {
          SSLEngine server = serverEngine();
          try (Pair p = connect(clientEngine("TLSv1.3"), server)) {
            Task<Void> stuck = Task.start(() -> p.client().write(much));
            letOthersWait();
            server.beginHandshake();
            p.server().write(bytes("with new keys\n"));
            assertEquals("with new keys", p.client().readLine());
            assertFalse(stuck.isDone());
            assertArrayEquals(much, p.server().readExactly(much.length));
            Task.await(stuck);
          }
        });
  }
}
