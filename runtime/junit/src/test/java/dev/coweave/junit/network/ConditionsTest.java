package dev.coweave.junit.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.UdpSocket;
import dev.coweave.junit.CoroutineTest;
import dev.coweave.junit.Simulation;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** What packets meet on their way: time, loss, copies, narrow wires, full queues. */
class ConditionsTest {
  private static final int PORT = 7;

  /** What a sink has got, and when. */
  private final List<String> log = new ArrayList<>();

  private int bytes;

  @Coroutine
  private void sink(Simulation sim) throws IOException {
    try (TcpServer server = TcpServer.bind(new InetSocketAddress(PORT));
        TcpConnection c = server.accept()) {
      ByteBuffer to = ByteBuffer.allocate(100_000);
      for (int n = c.read(to); n >= 0; n = c.read(to.clear())) {
        bytes += n;
        log.add(sim.elapsed().toMillis() + " ms: " + to.get(0));
      }
    }
  }

  @CoroutineTest(seeds = 10)
  void latency_isThatOfThePath_andBytesStayInOrder(Simulation sim) throws Exception {
    Node a = sim.node("a", () -> sink(sim));
    sim.settle();
    sim.network().all().latency(Duration.ofMillis(10), Duration.ofMillis(30));
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      long connected = sim.elapsed().toMillis();
      assertTrue(connected >= 20 && connected <= 61, connected + " ms");
      for (int i = 0; i < 20; i++) {
        c.write(new byte[] {(byte) i});
        Task.sleep(Duration.ofMillis(1));
      }
      Task.sleep(Duration.ofMillis(50));
    }
    assertEquals(20, bytes);
    assertTrue(a.isUp() || !log.isEmpty());
  }

  @CoroutineTest(seeds = 10)
  void loss_makesTcpLate_andLosesNoByte(Simulation sim) throws Exception {
    Node unused = sim.node("a", () -> sink(sim));
    sim.settle();
    sim.network().all().loss(0.3);
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      for (int i = 0; i < 100; i++) {
        c.write(new byte[1000]);
      }
      c.shutdownOutput();
      assertEquals(-1, c.read(ByteBuffer.allocate(1)));
    }
    assertEquals(100_000, bytes);
    assertTrue(sim.elapsed().toMillis() > 200, sim.elapsed().toString());
  }

  @CoroutineTest
  void rate_isThatOfTheWire(Simulation sim) throws Exception {
    Node a = sim.node("a", () -> sink(sim));
    sim.settle();
    sim.network().of(a).rate(100_000);
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      c.write(new byte[1_000_000]);
      c.shutdownOutput();
      assertEquals(-1, c.read(ByteBuffer.allocate(1)));
    }
    assertEquals(1_000_000, bytes);
    assertEquals(10, sim.elapsed().toSeconds());
  }

  @CoroutineTest
  void buffers_boundWhatAWriterIsAheadOfItsReader(Simulation sim) throws Exception {
    sim.network().buffers(10_000);
    Node unused =
        sim.node(
            "a",
            () -> {
              try (TcpServer server = TcpServer.bind(new InetSocketAddress(PORT));
                  TcpConnection c = server.accept()) {
                Task.sleep(Duration.ofMinutes(30));
                bytes = c.readAll(30_000).length;
              }
            });
    sim.settle();
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      Task<Void> small = Task.start(() -> c.write(new byte[10_000]));
      Task.sleep(Duration.ofSeconds(1));
      assertTrue(small.isDone());
      Task<Void> more = Task.start(() -> c.write(new byte[1]));
      Task.sleep(Duration.ofMinutes(1));
      assertFalse(more.isDone());
      Task.await(more);
      assertTrue(sim.elapsed().toMinutes() >= 30);
      c.shutdownOutput();
      assertEquals(-1, c.read(ByteBuffer.allocate(1)));
    }
    assertEquals(10_001, bytes);
  }

  @CoroutineTest
  void aFullBacklog_isSilent_untilThereIsRoom(Simulation sim) throws Exception {
    Node unused =
        sim.node(
            "a",
            () -> {
              var here = dev.coweave.io.network.Network.here();
              try (var listener = here.listen(new InetSocketAddress(PORT), 1)) {
                Task.sleep(Duration.ofSeconds(10));
                listener.accept();
                Task.sleep(Duration.ofSeconds(60));
              }
            });
    sim.settle();
    TcpConnection first = TcpConnection.connect("a", PORT);
    TcpConnection second = TcpConnection.connect("a", PORT);
    assertEquals(0, sim.elapsed().toSeconds());
    TcpConnection third = TcpConnection.connect("a", PORT);
    assertEquals(15, sim.elapsed().toSeconds()); // after 1, 3, 7 and 15 seconds
    first.close();
    second.close();
    third.close();
  }

  /** A node whose queue has room for two. */
  private static Node listening(Simulation sim) {
    return sim.node(
        "a",
        () -> {
          var here = dev.coweave.io.network.Network.here();
          try (var listener = here.listen(new InetSocketAddress(PORT), 1)) {
            Task.sleep(Duration.ofDays(1));
            listener.accept();
          }
        });
  }

  @CoroutineTest
  void whoGivesUpConnecting_leavesItsPlaceInTheBacklog(Simulation sim) throws Exception {
    Node a = listening(sim);
    sim.settle();
    sim.network().from(a, sim.network().self()).cut();
    for (int i = 0; i < 2; i++) {
      assertEquals("Connection timed out", failure("a"));
    }
    sim.network().heal();
    assertEquals("", failure("a"));
  }

  @CoroutineTest
  void whoCrashesConnecting_leavesItsPlaceInTheBacklog(Simulation sim) throws Exception {
    Node a = listening(sim);
    Node client =
        sim.node(
            "client",
            () -> {
              TcpConnection.connect("a", PORT);
              Task.sleep(Duration.ofDays(1));
            });
    client.crash();
    sim.network().all().latency(Duration.ofMillis(100), Duration.ofMillis(100));
    for (int i = 0; i < 2; i++) {
      client.restart();
      Task.sleep(Duration.ofMillis(250)); // It knows that it is connected, "a" doesn't yet.
      sim.network().from(client, a).cut();
      client.crash();
      Task.sleep(Duration.ofSeconds(1));
      sim.network().heal();
    }
    assertEquals("", failure("a"));
  }

  /** What connecting fails with; nothing if it doesn't. */
  @Coroutine
  private static String failure(String to) {
    try {
      TcpConnection.connect(to, PORT).close();
      return "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @CoroutineTest
  void anAddressThatNobodyHas_cantBeReached(Simulation sim) throws Exception {
    String failure = "";
    try {
      TcpConnection.connect("10.9.9.9", PORT).close();
    } catch (IOException e) {
      failure = e.toString();
    }
    assertEquals("java.net.NoRouteToHostException: No route to host", failure);
    assertEquals(3, sim.elapsed().toSeconds());
  }

  // ---- datagrams

  /** Sends numbered datagrams to another node, one a millisecond; what arrives, in order. */
  @Coroutine
  private static List<Integer> numbers(Simulation sim) throws IOException {
    List<Integer> got = new ArrayList<>();
    Node receiver =
        sim.node(
            "receiver",
            () -> {
              try (UdpSocket socket = UdpSocket.bind(new InetSocketAddress(PORT))) {
                while (true) {
                  ByteBuffer b = ByteBuffer.allocate(4);
                  socket.receive(b);
                  got.add(b.getInt(0));
                }
              }
            });
    sim.settle();
    InetSocketAddress to = new InetSocketAddress(receiver.address(), PORT);
    try (UdpSocket socket = UdpSocket.bind(new InetSocketAddress(0))) {
      for (int i = 0; i < 1000; i++) {
        socket.send(ByteBuffer.allocate(4).putInt(i).flip(), to);
        Task.sleep(Duration.ofMillis(1));
      }
    }
    Task.sleep(Duration.ofSeconds(1));
    return got;
  }

  private static long overtaken(List<Integer> numbers) {
    long n = 0;
    for (int i = 1; i < numbers.size(); i++) {
      n += numbers.get(i) < numbers.get(i - 1) ? 1 : 0;
    }
    return n;
  }

  @CoroutineTest(seeds = 5)
  void datagrams_onAGoodNetwork_arriveInOrder(Simulation sim) throws Exception {
    List<Integer> got = numbers(sim);
    assertEquals(1000, got.size());
    assertEquals(0, overtaken(got));
  }

  @CoroutineTest(seeds = 5)
  void datagrams_areLost_copied_andOvertakeEachOther(Simulation sim) throws Exception {
    sim.network().all().loss(0.2).copies(0.1).latency(Duration.ofMillis(1), Duration.ofMillis(20));
    List<Integer> got = numbers(sim);
    long distinct = got.stream().distinct().count();
    assertTrue(distinct > 700 && distinct < 950, distinct + " of 1000"); // 820 or so
    assertTrue(got.size() - distinct > 40, got.size() - distinct + " copies");
    assertTrue(overtaken(got) > 200, overtaken(got) + " overtaken");
  }

  @CoroutineTest
  void datagrams_intoAPartition_orToNobody_areGone(Simulation sim) throws Exception {
    Node a = sim.node("a", () -> Task.sleep(Duration.ofDays(1)));
    sim.network().isolate(a);
    try (UdpSocket socket = UdpSocket.bind(new InetSocketAddress(0))) {
      for (InetAddress to : List.of(a.address(), InetAddress.getByName("10.9.9.9"))) {
        socket.send(ByteBuffer.allocate(1), new InetSocketAddress(to, PORT));
      }
      Task.timeout(Duration.ofMinutes(1), () -> socket.receive(ByteBuffer.allocate(1)));
      throw new AssertionError("received");
    } catch (TimeoutException e) {
      assertEquals(60, sim.elapsed().toSeconds());
    }
  }

  @Test
  void nonsense_isRefused() {
    Links none = new Links(List.of(), change -> {});
    Duration second = Duration.ofSeconds(1);
    assertThrows(IllegalArgumentException.class, () -> none.loss(1.1));
    assertThrows(IllegalArgumentException.class, () -> none.copies(-0.1));
    assertThrows(IllegalArgumentException.class, () -> none.resets(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> none.rate(-1));
    assertThrows(IllegalArgumentException.class, () -> none.latency(second, Duration.ZERO));
    assertThrows(
        IllegalArgumentException.class, () -> none.latency(second.negated(), Duration.ZERO));
  }
}
