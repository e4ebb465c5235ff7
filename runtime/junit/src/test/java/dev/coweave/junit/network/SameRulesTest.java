package dev.coweave.junit.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.UdpSocket;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What sockets do, the same on the real network, over loopback, and on the simulated one. */
@Timeout(300)
class SameRulesTest {
  private static final Duration MOMENT = Duration.ofMillis(50);
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** Both ends of a connection. */
  private record Pair(TcpConnection client, TcpConnection server) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      client.close();
      server.close();
    }
  }

  @Coroutine
  private static Pair connect() throws IOException {
    try (TcpServer server = TcpServer.bind(ANY)) {
      TcpConnection client = TcpConnection.connect(server.localAddress());
      return new Pair(client, server.accept());
    }
  }

  @Coroutine
  private static <X extends Throwable> X fails(Class<X> type, CoroutineRunnable body) {
    try {
      body.run();
    } catch (Throwable t) {
      if (type.isInstance(t)) {
        return type.cast(t);
      }
      throw new AssertionError("another failure than " + type, t);
    }
    throw new AssertionError("no " + type);
  }

  /** What an operation does, in words: its failure, or what it returns. */
  @Coroutine
  private static String outcome(Attempt body) {
    try {
      return String.valueOf(body.run());
    } catch (Exception e) {
      return e.getClass().getSimpleName() + ": " + e.getMessage();
    }
  }

  private interface Attempt {
    @Coroutine
    Object run() throws Exception;
  }

  @Coroutine
  private static String read(TcpConnection c) {
    return outcome(() -> c.read(ByteBuffer.allocate(10)));
  }

  @Coroutine
  private static String write(TcpConnection c) {
    return outcome(
        () -> {
          c.write(new byte[] {1});
          return "written";
        });
  }

  /** So that what was sent arrives. */
  @Coroutine
  private static void settle() {
    Task.sleep(MOMENT);
  }

  /** One that is reset by its peer, which has not read all. */
  @Coroutine
  private static Pair reset(boolean unreadHere) throws IOException {
    Pair p = connect();
    p.server.write(new byte[] {1});
    if (unreadHere) {
      p.client.write(new byte[] {2});
      assertEquals(1, p.server.read(ByteBuffer.allocate(1)));
      p.server.write(new byte[] {3});
    }
    p.client.write(new byte[] {1});
    settle();
    p.client.read(ByteBuffer.allocate(1));
    p.server.close();
    settle();
    return p;
  }

  // ---- connecting

  @ParameterizedTest
  @EnumSource
  void connecting_toNobody_isRefused(World world) throws Exception {
    world.run(
        () -> {
          InetSocketAddress nobody;
          try (TcpServer server = TcpServer.bind(ANY)) {
            nobody = server.localAddress();
          }
          ConnectException e = fails(ConnectException.class, () -> TcpConnection.connect(nobody));
          assertEquals("Connection refused", e.getMessage());
        });
  }

  @ParameterizedTest
  @EnumSource
  void connecting_toAnUnknownName_saysSo(World world) throws Exception {
    world.run(
        () -> {
          UnknownHostException e =
              fails(
                  UnknownHostException.class,
                  () -> TcpConnection.connect("no.such.host.invalid", 80));
          assertTrue(e.getMessage().startsWith("no.such.host.invalid"), e.getMessage());
        });
  }

  @ParameterizedTest
  @EnumSource
  void connecting_byNames_andAddresses_andTheWildcard(World world) throws Exception {
    world.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY)) {
            int port = server.localAddress().getPort();
            for (String name : List.of("localhost", "LOCALHOST", "127.0.0.1")) {
              try (TcpConnection c = TcpConnection.connect(name, port);
                  TcpConnection d =
                      TcpConnection.connect(InetSocketAddress.createUnresolved(name, port))) {
                assertEquals(server.localAddress(), c.remoteAddress());
                assertEquals(server.localAddress(), d.remoteAddress());
              }
            }
            try (TcpServer everywhere = TcpServer.bind(new InetSocketAddress(0));
                TcpConnection c = TcpConnection.connect(everywhere.localAddress())) {
              assertTrue(everywhere.localAddress().getAddress().isAnyLocalAddress());
              assertTrue(((InetSocketAddress) c.remoteAddress()).getAddress().isLoopbackAddress());
            }
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void addresses_ofBothSides_belongTogether(World world) throws Exception {
    world.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY);
              TcpConnection a = TcpConnection.connect(server.localAddress());
              TcpConnection b = TcpConnection.connect(server.localAddress());
              TcpConnection atA = server.accept();
              TcpConnection atB = server.accept()) {
            assertEquals(server.localAddress(), a.remoteAddress());
            assertNotEquals(atA.remoteAddress(), atB.remoteAddress());
            InetSocketAddress from = (InetSocketAddress) atA.remoteAddress();
            assertTrue(from.getPort() >= 1024, from.toString());
            assertTrue(from.getAddress().isLoopbackAddress());
            a.close();
            assertNull(a.remoteAddress());
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aBacklog_connectsBeforeAnybodyAccepts_inOrder(World world) throws Exception {
    world.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY)) {
            List<TcpConnection> clients = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
              clients.add(TcpConnection.connect(server.localAddress()));
              clients.get(i).write(new byte[] {(byte) i});
            }
            for (int i = 0; i < 5; i++) {
              try (TcpConnection c = server.accept()) {
                assertArrayEquals(new byte[] {(byte) i}, c.readExactly(1));
              }
              clients.get(i).close();
            }
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aFullBacklog_letsTheNextWait(World world) throws Exception {
    world.run(
        () -> {
          List<TcpConnection> clients = new ArrayList<>();
          try (var server = dev.coweave.io.network.Network.here().listen(ANY, 1)) {
            fails(
                TimeoutException.class,
                () -> {
                  while (clients.size() < 10) {
                    clients.add(
                        Task.timeout(
                            MOMENT.multipliedBy(6),
                            () -> TcpConnection.connect(server.localAddress())));
                  }
                });
            assertEquals(2, clients.size());
            server.accept().close();
            clients.add(TcpConnection.connect(server.localAddress()));
          }
          for (TcpConnection c : clients) {
            c.close();
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void afterClosing_nothingWorks_andEndingTwiceDoes(World world) throws Exception {
    world.run(
        () -> {
          Pair p = connect();
          p.client.shutdownOutput();
          p.client.shutdownOutput();
          assertEquals("-1", read(p.server));
          p.close();
          assertEquals("ClosedChannelException: null", read(p.client));
          assertEquals("ClosedChannelException: null", write(p.server));
          assertEquals(
              "ClosedChannelException: null",
              outcome(
                  () -> {
                    p.server.shutdownOutput();
                    return "ended";
                  }));
          assertFalse(p.client.isOpen());
        });
  }

  @ParameterizedTest
  @EnumSource
  void aServerThatCloses_resetsWhatItHasNotAccepted(World world) throws Exception {
    world.run(
        () -> {
          TcpServer server = TcpServer.bind(ANY);
          try (TcpConnection client = TcpConnection.connect(server.localAddress())) {
            settle();
            server.close();
            settle();
            assertEquals("SocketException: Connection reset", read(client));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void addressesInUse_andThoseOfOthers_cantBeBoundTo(World world) throws Exception {
    world.run(
        () -> {
          TcpServer server = TcpServer.bind(ANY);
          InetSocketAddress at = server.localAddress();
          BindException e = fails(BindException.class, () -> TcpServer.bind(at));
          assertEquals("Address already in use", e.getMessage());
          fails(BindException.class, () -> TcpServer.bind(new InetSocketAddress(at.getPort())));
          try (UdpSocket udp = UdpSocket.bind(at)) { // another protocol, other ports
            assertEquals(at, udp.localAddress());
            fails(BindException.class, () -> UdpSocket.bind(at));
          }
          server.close();
          TcpServer.bind(at).close();
          UdpSocket.bind(at).close();
          InetAddress elsewhere = InetAddress.getByName("192.0.2.1");
          BindException f =
              fails(BindException.class, () -> TcpServer.bind(new InetSocketAddress(elsewhere, 0)));
          assertEquals("Cannot assign requested address", f.getMessage());
        });
  }

  @ParameterizedTest
  @EnumSource
  void aPort_isFreeAgain_whenItsServerHasClosed_whileConnectionsLive(World world) throws Exception {
    world.run(
        () -> {
          TcpServer server = TcpServer.bind(ANY);
          InetSocketAddress at = server.localAddress();
          try (TcpConnection client = TcpConnection.connect(at);
              TcpConnection accepted = server.accept()) {
            server.close();
            try (TcpServer next = TcpServer.bind(at)) {
              assertEquals(at, next.localAddress());
              accepted.write(new byte[] {1});
              assertEquals(1, client.readExactly(1)[0]);
            }
          }
        });
  }

  // ---- ends of streams

  @ParameterizedTest
  @EnumSource
  void aHalfClosedConnection_isReadToItsEnd_andWrittenTo(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.client.write("question".getBytes(UTF_8));
            p.client.shutdownOutput();
            assertEquals("question", new String(p.server.readExactly(8), UTF_8));
            assertEquals("-1", read(p.server));
            assertEquals("-1", read(p.server));
            assertEquals("AsynchronousCloseException: null", write(p.client));
            p.server.write("answer\n".getBytes(UTF_8));
            assertEquals("answer", p.client.readLine());
            p.server.shutdownOutput();
            assertEquals("-1", read(p.client));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void anOrderlyClose_isTheEnd_afterAllThatWasWritten(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.server.write(new byte[20_000]);
            p.server.close();
            assertEquals(20_000, p.client.readAll(30_000).length);
            assertEquals("-1", read(p.client));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void writing_toAPeerThatHasClosed_worksOnce_thenThePipeIsBroken(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            p.server.close();
            settle();
            assertEquals("written", write(p.client)); // to which its machine answers with a reset
            settle();
            assertEquals("IOException: Broken pipe", write(p.client));
            assertEquals("IOException: Broken pipe", write(p.client));
            assertEquals("-1", read(p.client));
          }
        });
  }

  // ---- resets

  @ParameterizedTest
  @EnumSource
  void aPeerThatClosesWithoutHavingReadAll_resets_whatIsRead(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = reset(false)) {
            assertEquals("SocketException: Connection reset", read(p.client));
            assertEquals("SocketException: Connection reset", read(p.client));
            assertEquals("IOException: Broken pipe", write(p.client));
            assertTrue(p.client.isOpen());
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aPeerThatClosesWithoutHavingReadAll_resets_whatIsWritten(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = reset(false)) {
            assertEquals("IOException: Connection reset by peer", write(p.client));
            assertEquals("IOException: Broken pipe", write(p.client));
            assertEquals("-1", read(p.client));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void whatCameBeforeAReset_isReadFirst(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = reset(true)) {
            assertEquals("1", read(p.client));
            assertEquals("SocketException: Connection reset", read(p.client));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aReaderAndAWriter_areWokenByAReset(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            Task<String> reading = Task.start(() -> read(p.client));
            Task<String> writing =
                Task.start(
                    () ->
                        outcome(
                            () -> {
                              p.client.write(new byte[20_000_000]);
                              return "written";
                            }));
            settle();
            assertFalse(writing.isDone());
            p.server.close();
            assertTrue(Task.await(reading).matches("(Socket|IO)Exception: .*|-1"), "a reader");
            assertTrue(Task.await(writing).startsWith("IOException: "), "a writer");
          }
        });
  }

  // ---- back-pressure

  @ParameterizedTest
  @EnumSource
  void aWriter_waitsForAPeerThatDoesntRead_andAllArrives(World world) throws Exception {
    byte[] sent = new byte[20_000_000];
    new Random(1).nextBytes(sent);
    world.run(
        () -> {
          try (Pair p = connect()) {
            Task<Void> writing = Task.start(() -> p.client.write(sent));
            settle();
            assertFalse(writing.isDone());
            assertArrayEquals(sent, p.server.readExactly(sent.length));
            Task.await(writing);
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void bothDirections_areFullAtOnce(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            Task<Void> there = Task.start(() -> p.client.write(new byte[10_000_000]));
            Task<Void> back = Task.start(() -> p.server.write(new byte[10_000_000]));
            settle();
            assertFalse(there.isDone() || back.isDone());
            Task<byte[]> reading = Task.start(() -> p.client.readExactly(10_000_000));
            assertEquals(10_000_000, p.server.readExactly(10_000_000).length);
            assertEquals(10_000_000, Task.await(reading).length);
            Task.await(there);
            Task.await(back);
          }
        });
  }

  // ---- closing here, and time

  @ParameterizedTest
  @EnumSource
  void closing_failsItsReader_andItsWriter_andItsAcceptor(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = connect();
              TcpServer server = TcpServer.bind(ANY);
              UdpSocket udp = UdpSocket.bind(ANY)) {
            Task<Integer> reader = Task.start(() -> p.server.read(ByteBuffer.allocate(1)));
            Task<Void> writer = Task.start(() -> p.server.write(new byte[20_000_000]));
            Task<TcpConnection> acceptor = Task.start(() -> server.accept());
            Task<SocketAddress> receiver = Task.start(() -> udp.receive(ByteBuffer.allocate(1)));
            settle();
            p.server.close();
            server.close();
            udp.close();
            fails(AsynchronousCloseException.class, () -> Task.await(reader));
            fails(ClosedChannelException.class, () -> Task.await(writer)); // it may just be trying
            fails(AsynchronousCloseException.class, () -> Task.await(acceptor));
            fails(AsynchronousCloseException.class, () -> Task.await(receiver));
            fails(ClosedChannelException.class, () -> p.server.read(ByteBuffer.allocate(1)));
            fails(ClosedChannelException.class, () -> server.accept());
            fails(ClosedChannelException.class, () -> udp.receive(ByteBuffer.allocate(1)));
            fails(ClosedChannelException.class, server::localAddress);
            p.server.close();
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void closing_onAnotherThread_failsItsReader(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = connect()) {
            Task<Integer> reader = Task.start(() -> p.server.read(ByteBuffer.allocate(1)));
            settle();
            Task.blocking(
                () -> {
                  p.server.close();
                  return null;
                });
            fails(AsynchronousCloseException.class, () -> Task.await(reader));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void timeouts_takeNothing(World world) throws Exception {
    world.run(
        () -> {
          try (Pair p = connect();
              TcpServer server = TcpServer.bind(ANY);
              UdpSocket udp = UdpSocket.bind(ANY)) {
            ByteBuffer some = ByteBuffer.allocate(10);
            fails(TimeoutException.class, () -> Task.timeout(MOMENT, () -> p.client.read(some)));
            fails(TimeoutException.class, () -> Task.timeout(MOMENT, () -> server.accept()));
            fails(TimeoutException.class, () -> Task.timeout(MOMENT, () -> udp.receive(some)));
            p.server.write(new byte[] {7});
            assertEquals(7, p.client.readExactly(1)[0]);
            try (TcpConnection c = TcpConnection.connect(server.localAddress());
                TcpConnection d = server.accept()) {
              assertEquals(server.localAddress(), c.remoteAddress());
              assertTrue(d.isOpen());
            }
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aSecondAcceptor_isRefused(World world) throws Exception {
    world.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY)) {
            Task<TcpConnection> first = Task.start(() -> server.accept());
            settle();
            IllegalStateException e = fails(IllegalStateException.class, () -> server.accept());
            assertEquals(
                """
                TcpServer.accept while another task waits in TcpServer.accept of the same channel
                  because: what comes can be given to one of them only
                  fix: let one task do it, or take turns with a Mutex\
                """,
                e.getMessage());
            first.cancel(false);
            fails(java.util.concurrent.CancellationException.class, () -> Task.await(first));
          }
        });
  }

  // ---- datagrams

  @ParameterizedTest
  @EnumSource
  void datagrams_keepTheirBounds_andAreCutToTheBuffer(World world) throws Exception {
    world.run(
        () -> {
          try (UdpSocket a = UdpSocket.bind(ANY);
              UdpSocket b = UdpSocket.bind(ANY)) {
            ByteBuffer sent = ByteBuffer.wrap("datagram".getBytes(UTF_8));
            a.send(sent, b.localAddress());
            assertFalse(sent.hasRemaining());
            ByteBuffer small = ByteBuffer.allocate(4);
            assertEquals(a.localAddress(), b.receive(small));
            assertEquals("data", new String(small.array(), UTF_8));
            a.send(ByteBuffer.allocate(0), b.localAddress());
            ByteBuffer none = ByteBuffer.allocate(10);
            assertEquals(a.localAddress(), b.receive(none));
            assertEquals(0, none.position());
            a.send(ByteBuffer.allocate(65_507), b.localAddress());
            ByteBuffer large = ByteBuffer.allocate(70_000);
            b.receive(large);
            assertEquals(65_507, large.position());
            assertEquals(
                "Message too long",
                fails(
                        IOException.class,
                        () -> a.send(ByteBuffer.allocate(65_508), b.localAddress()))
                    .getMessage());
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void datagrams_thatNobodyReads_areLost_whenTheBufferIsFull(World world) throws Exception {
    world.run(
        () -> {
          try (UdpSocket a = UdpSocket.bind(ANY);
              UdpSocket b = UdpSocket.bind(ANY)) {
            for (int i = 0; i < 1000; i++) {
              a.send(ByteBuffer.allocate(10_000), b.localAddress());
            }
            settle();
            int[] got = {0};
            fails(
                TimeoutException.class,
                () ->
                    Task.timeout(
                        MOMENT,
                        () -> {
                          while (true) {
                            b.receive(ByteBuffer.allocate(10_000));
                            got[0]++;
                          }
                        }));
            assertTrue(got[0] > 0 && got[0] < 1000, got[0] + " of 1000");
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aConnectedSocket_takesDatagramsOfItsPeerOnly(World world) throws Exception {
    world.run(
        () -> {
          try (UdpSocket a = UdpSocket.bind(ANY);
              UdpSocket b = UdpSocket.bind(ANY);
              UdpSocket stranger = UdpSocket.bind(ANY)) {
            b.connect(a.localAddress());
            stranger.send(ByteBuffer.allocate(1), b.localAddress());
            settle();
            a.send(ByteBuffer.allocate(2), b.localAddress());
            ByteBuffer got = ByteBuffer.allocate(10);
            assertEquals(a.localAddress(), b.receive(got));
            assertEquals(2, got.position());
            fails(
                AlreadyConnectedException.class,
                () -> b.send(ByteBuffer.allocate(1), stranger.localAddress()));
            fails(AlreadyConnectedException.class, () -> b.connect(stranger.localAddress()));
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aConnectedSocket_isToldThatNobodyReceives(World world) throws Exception {
    world.run(
        () -> {
          try (UdpSocket a = UdpSocket.bind(ANY)) {
            InetSocketAddress nobody;
            try (UdpSocket b = UdpSocket.bind(ANY)) {
              nobody = b.localAddress();
            }
            a.send(ByteBuffer.allocate(1), nobody); // to which nobody answers
            a.connect(nobody);
            a.send(ByteBuffer.allocate(1), nobody);
            fails(PortUnreachableException.class, () -> a.receive(ByteBuffer.allocate(1)));
          }
        });
  }
}
