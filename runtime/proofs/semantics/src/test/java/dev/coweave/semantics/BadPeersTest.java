package dev.coweave.semantics;

import static dev.coweave.semantics.IoTests.bytes;
import static dev.coweave.semantics.IoTests.fails;
import static dev.coweave.semantics.IoTests.letOthersWait;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.io.Connection;
import dev.coweave.io.ConnectionHandler;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.TlsConnection;
import dev.coweave.io.UdpSocket;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What peers that are silent, slow, rude or gone can do to others: nothing. */
@Timeout(300)
class BadPeersTest {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** A server in a task of its own, with as many places as are given. */
  private record Served(TcpServer server, Task<Void> serving) {
    @Coroutine
    TcpConnection connect() throws IOException {
      return TcpConnection.connect(server.localAddress());
    }

    /** Stops listening, and waits for the handlers. */
    @Coroutine
    void end() throws IOException {
      server.close();
      Task.await(serving);
    }
  }

  @Coroutine
  private static Served serve(int limit, ConnectionHandler<TcpConnection> handler)
      throws IOException {
    TcpServer server = TcpServer.bind(ANY);
    return new Served(server, Task.start(() -> server.serve(limit, handler)));
  }

  @Coroutine
  private static <T> T within(Duration time, CoroutineCallable<T> body)
      throws IOException, TimeoutException {
    return Task.timeout(time, body);
  }

  /** Answers one line; gives up a peer that has not sent it in time. */
  @Coroutine
  private static void answerOneLine(Connection c) throws IOException {
    try {
      c.write(bytes("got " + within(PATIENCE, () -> c.readLine()) + "\n"));
    } catch (TimeoutException e) {
      c.write(bytes("too late\n"));
    }
  }

  @Coroutine
  private static void isServed(Served server) throws IOException {
    try (TcpConnection c = server.connect()) {
      c.write(bytes("it\n"));
      assertEquals("got it", c.readLine());
      assertNull(c.readLine());
    }
  }

  // ---- silent and slow ones

  @Test
  void silentPeers_holdTheirPlaces_untilTheHandlersPatienceEnds() throws Exception {
    VirtualClock clock = new VirtualClock();
    EventLoop.run(
        clock,
        () -> {
          Served server = serve(3, c -> answerOneLine(c));
          List<TcpConnection> silent = new ArrayList<>();
          for (int i = 0; i < 9; i++) {
            silent.add(server.connect());
          }
          isServed(server);
          assertEquals(PATIENCE.multipliedBy(3), clock.elapsed()); // three at a time before it
          for (TcpConnection c : silent) {
            assertEquals("too late", c.readLine());
            assertNull(c.readLine());
            c.close();
          }
          server.end();
        });
  }

  @Test
  void aPeerThatDripsBytes_hasNoMoreTimeThanASilentOne() throws Exception {
    VirtualClock clock = new VirtualClock();
    EventLoop.run(
        clock,
        () -> {
          Served server = serve(1, c -> answerOneLine(c));
          try (TcpConnection slow = server.connect()) {
            Task<Void> dripping = Task.start(() -> drip(slow));
            isServed(server);
            assertEquals(PATIENCE, clock.elapsed());
            dripping.cancel(false);
          }
          server.end();
        });
  }

  @Coroutine
  private static void drip(TcpConnection to) throws IOException {
    while (true) {
      to.write(bytes("x"));
      Task.sleep(Duration.ofMillis(900));
    }
  }

  @Test
  void aPeerThatNeverReads_stopsItsOwnHandlerOnly() throws Exception {
    byte[] much = new byte[1 << 20];
    long[] sent = {0};
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Served server =
              serve(
                  2,
                  c -> {
                    if (c.readLine().equals("much")) {
                      fails(
                          TimeoutException.class,
                          () -> Task.timeout(PATIENCE, () -> writeFor(c, much, sent)));
                    } else {
                      c.write(bytes("got it\n"));
                    }
                  });
          try (TcpConnection deaf = server.connect()) {
            deaf.write(bytes("much\n"));
            letOthersWait();
            for (int i = 0; i < 20; i++) {
              isServed(server);
            }
            server.end();
          }
        });
    // No more than the operating system's buffers hold has been asked of the memory.
    assertTrue(sent[0] < 64, sent[0] + " MB");
  }

  @Coroutine
  private static void writeFor(TcpConnection to, byte[] bytes, long[] sent) throws IOException {
    while (true) {
      to.write(bytes);
      sent[0]++;
    }
  }

  @Test
  void peersThatNeverShakeHands_andOneThatNeverReads_letAnotherIn() throws Exception {
    VirtualClock clock = new VirtualClock();
    EventLoop.run(
        clock,
        () -> {
          TcpServer listener = TcpServer.bind(ANY);
          Task<Void> serving = Task.start(() -> listener.serve(2, Keys.context(), c -> fill(c)));
          int port = listener.localAddress().getPort();
          try (TlsConnection deaf =
                  TlsConnection.connect("localhost", port, Keys.context(Keys.trustManagers()));
              TaskScope scope = TaskScope.open()) {
            for (int i = 0; i < 4; i++) {
              scope.fork(() -> readNothing(listener.localAddress()));
            }
            letOthersWait();
            try (TlsConnection c =
                TlsConnection.connect("localhost", port, Keys.context(Keys.trustManagers()))) {
              assertEquals(0, c.readExactly(1)[0]);
            }
            assertTrue(clock.elapsed().compareTo(Duration.ofMinutes(1)) < 0, "" + clock.elapsed());
            scope.cancel();
          }
          listener.close();
          Task.await(serving);
        });
  }

  @Coroutine
  private static void readNothing(InetSocketAddress server) throws IOException {
    try (TcpConnection c = TcpConnection.connect(server)) {
      Task.sleep(Duration.ofHours(1));
    }
  }

  @Coroutine
  private static void fill(TlsConnection c) throws IOException {
    try {
      within(
          PATIENCE,
          () -> {
            c.write(new byte[20_000_000]);
            return true;
          });
    } catch (TimeoutException e) {
      // It doesn't read.
    } catch (IOException e) {
      // It has gone.
    }
  }

  // ---- rude ones

  @Test
  void aPeerThatResets_failsItsHandlerOnly() throws Exception {
    List<String> failed = new ArrayList<>();
    EventLoop.run(
        () -> {
          Served server =
              serve(
                  50,
                  c -> {
                    String name = c.readLine();
                    try {
                      while (c.readLine() != null) {}
                      c.write(bytes("bye " + name + "\n"));
                    } catch (IOException e) {
                      failed.add(name);
                    }
                  });
          List<TcpConnection> peers = new ArrayList<>();
          for (int i = 0; i < 20; i++) {
            TcpConnection c = server.connect();
            c.write(bytes(i + "\n"));
            peers.add(c);
          }
          letOthersWait();
          for (int i = 0; i < 20; i += 2) {
            peers.get(i).channel().setOption(StandardSocketOptions.SO_LINGER, 0);
            peers.get(i).close();
          }
          for (int i = 1; i < 20; i += 2) {
            try (TcpConnection c = peers.get(i)) {
              c.write(bytes("still here\n"));
              c.shutdownOutput();
              assertEquals("bye " + i, c.readLine());
              assertNull(c.readLine());
            }
          }
          server.end();
        });
    assertEquals(10, failed.size(), failed.toString());
  }

  @Test
  void aChannelThatSomebodyCloses_failsItsWaiters_andNobodyElse() throws Exception {
    EventLoop.run(
        () -> {
          Served server = serve(2, c -> answerOneLine(c));
          try (TcpConnection bad = server.connect();
              TcpConnection good = server.connect()) {
            Task<String> reader = Task.start(() -> bad.readLine());
            Task<String> other = Task.start(() -> good.readLine());
            letOthersWait();
            bad.channel().close();
            fails(AsynchronousCloseException.class, () -> Task.await(reader));
            assertFalse(other.isDone());
            good.write(bytes("on\n"));
            assertEquals("got on", Task.await(other));
          }
          server.end();
        });
  }

  // ---- datagrams

  @Test
  void aReceiveThatTimesOut_hasTakenNoDatagram() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          try (UdpSocket a = UdpSocket.bind(ANY);
              UdpSocket b = UdpSocket.bind(ANY)) {
            fails(TimeoutException.class, () -> within(PATIENCE, () -> receive(b, 10)));
            Task<String> cancelled = Task.start(() -> receive(b, 10));
            letOthersWait();
            cancelled.cancel(false);
            letOthersWait();
            for (String s : List.of("one", "", "three")) {
              a.send(ByteBuffer.wrap(bytes(s)), b.localAddress());
            }
            assertEquals("one", receive(b, 10));
            assertEquals("", receive(b, 10));
            assertEquals("thr", receive(b, 3)); // The rest is lost, as with any socket.
            assertTrue(cancelled.isCancelled());
          }
        });
  }

  @Coroutine
  private static String receive(UdpSocket from, int room) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(room);
    from.receive(to);
    return new String(to.array(), 0, to.position(), UTF_8);
  }

  @Test
  void aConnectedSocket_hearsItsPeerOnly_andThatItIsGone() throws Exception {
    EventLoop.run(
        () -> {
          try (UdpSocket a = UdpSocket.bind(ANY);
              UdpSocket other = UdpSocket.bind(ANY)) {
            InetSocketAddress peer;
            try (UdpSocket b = UdpSocket.bind(ANY)) {
              peer = b.localAddress();
              a.connect(peer);
              other.send(ByteBuffer.wrap(bytes("forged")), a.localAddress());
              b.send(ByteBuffer.wrap(bytes("true")), a.localAddress());
              assertEquals("true", receive(a, 10));
            }
            Task<String> receiver = Task.start(() -> receive(a, 10));
            letOthersWait();
            a.send(ByteBuffer.wrap(bytes("anybody?")), peer);
            fails(PortUnreachableException.class, () -> Task.await(receiver));
          }
        });
  }

  /** Handles what it can of each datagram until the socket is closed. */
  @Coroutine
  private static void receiveAll(UdpSocket from, int[] handled, int[] failed) throws IOException {
    try {
      while (true) {
        String cut = receive(from, 3);
        try {
          handled[0] += 1 / (1 - handled[0] % 2); // each second is more than it can take
        } catch (ArithmeticException e) {
          assertEquals("xxx", cut);
          handled[0]++;
          failed[0]++;
        }
      }
    } catch (ClosedChannelException e) {
      // That is the end.
    }
  }

  private static Thread flood(SocketAddress to, AtomicBoolean enough) {
    byte[] much = bytes("x".repeat(1000));
    Thread t =
        new Thread(
            () -> {
              try (DatagramSocket socket = new DatagramSocket()) {
                while (!enough.get()) {
                  socket.send(new DatagramPacket(much, much.length, to));
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    t.start();
    return t;
  }

  @Test
  void aFloodOfDatagrams_letsOthersBeServed_andEndsWithItsSocket() throws Exception {
    int[] handled = {0};
    int[] failed = {0};
    AtomicBoolean enough = new AtomicBoolean();
    EventLoop.run(
        () -> {
          UdpSocket flooded = UdpSocket.bind(ANY);
          Thread flooder = flood(flooded.localAddress(), enough);
          Task<Void> receiver = Task.start(() -> receiveAll(flooded, handled, failed));
          try (UdpSocket a = UdpSocket.bind(ANY);
              UdpSocket b = UdpSocket.bind(ANY)) {
            for (int i = 0; i < 20 || failed[0] < 5; i++) {
              a.send(ByteBuffer.wrap(bytes("ping")), b.localAddress());
              assertEquals("ping", receive(b, 10));
              Task.sleep(Duration.ofMillis(1));
            }
          }
          assertFalse(receiver.isDone());
          flooded.close(); // while it goes on
          receiver.await();
          enough.set(true);
          Task.blocking(
              () -> {
                flooder.join();
                return flooder;
              });
        });
  }
}
