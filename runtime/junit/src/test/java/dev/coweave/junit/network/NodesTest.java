package dev.coweave.junit.network;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.UdpSocket;
import dev.coweave.junit.CoroutineTest;
import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.Simulation;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes live, die and live again; what their peers see of it. */
class NodesTest {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final int PORT = 7;

  /** What servers say of peers that were reset. */
  private static final Logger SERVERS = Logger.getLogger("dev.coweave.io");

  private final List<String> log = new ArrayList<>();

  @BeforeAll
  static void beQuiet() {
    SERVERS.setLevel(Level.OFF);
  }

  @AfterAll
  static void beLoud() {
    SERVERS.setLevel(null);
  }

  /** A server that sends back what it gets. */
  @Coroutine
  private static void echo() throws IOException {
    try (TcpServer server = TcpServer.bind(new InetSocketAddress(PORT))) {
      server.serve(
          100,
          c -> {
            ByteBuffer buffer = ByteBuffer.allocate(1000);
            while (c.read(buffer.clear()) >= 0) {
              c.write(buffer.flip());
            }
          });
    }
  }

  /** So that its server listens. */
  @Coroutine
  private static Node echoNode(Simulation sim) {
    Node a = sim.node("a", () -> echo());
    sim.settle();
    return a;
  }

  @Coroutine
  private static void roundTrip(TcpConnection c) throws IOException {
    c.write("hello\n".getBytes(UTF_8));
    assertEquals("hello", c.readLine());
  }

  @Coroutine
  private static String outcome(TcpConnection c) {
    try {
      return c.read(ByteBuffer.allocate(1)) + " read";
    } catch (IOException e) {
      return e.getMessage();
    }
  }

  @CoroutineTest(seeds = 20)
  void nodes_areFoundByNameAndAddress(Simulation sim) throws Exception {
    Node a = echoNode(sim);
    try (TcpConnection c = TcpConnection.connect("a", PORT);
        TcpConnection d = TcpConnection.connect(new InetSocketAddress(a.address(), PORT))) {
      roundTrip(c);
      roundTrip(d);
      assertEquals(new InetSocketAddress(a.address(), PORT), c.remoteAddress());
    }
    sim.network().name("service", a);
    TcpConnection.connect("SERVICE", PORT).close();
    assertEquals("node a", a.toString());
    assertThrows(IllegalArgumentException.class, () -> sim.node("A", () -> echo()));
  }

  @CoroutineTest
  void loopback_isTheNodesOwn(Simulation sim) throws Exception {
    Node unused = echoNode(sim);
    String failure = "";
    try {
      TcpConnection.connect("localhost", PORT).close();
    } catch (IOException e) {
      failure = e.getMessage();
    }
    assertEquals("Connection refused", failure);
  }

  @CoroutineTest
  void aNameOfSeveralNodes_triesThemInOrder_andOneOfNone_isUnknown(Simulation sim)
      throws Exception {
    Node a = echoNode(sim);
    Node b = sim.node("b", () -> echo());
    sim.network().name("db", a, b);
    a.kill();
    sim.settle();
    try (TcpConnection c = TcpConnection.connect("db", PORT)) {
      roundTrip(c);
      assertEquals(new InetSocketAddress(b.address(), PORT), c.remoteAddress());
    }
    sim.network().name("db");
    String failure = "";
    try {
      TcpConnection.connect("db", PORT).close();
    } catch (IOException e) {
      failure = e.toString();
    }
    assertEquals("java.net.UnknownHostException: db: Name or service not known", failure);
  }

  @CoroutineTest
  void aSocket_hasNoChannel(Simulation sim) throws Exception {
    Node unused = echoNode(sim);
    try (TcpConnection c = TcpConnection.connect("a", PORT);
        UdpSocket udp = UdpSocket.bind(new InetSocketAddress(PORT))) {
      UnsupportedOperationException e =
          assertThrows(UnsupportedOperationException.class, c::channel);
      assertEquals(
          """
          COWEAVE-481: the channel of TCP test/10.0.0.1:32768 to a/10.0.0.2:7
            because: a socket of a simulated network has none
            fix: leave out its options there, or set them only where the network is the operating system's\
          """,
          e.getMessage());
      assertThrows(UnsupportedOperationException.class, udp::channel);
    }
  }

  /** The first example of docs/testing-network.md. */
  @CoroutineTest(seeds = 100)
  void answersInSpiteOfAPartition(Simulation sim) throws Exception {
    Node server = sim.node("server", () -> echo());
    Network net = sim.network();
    net.all().latency(Duration.ofMillis(1), Duration.ofMillis(20)).loss(0.01);
    try (TcpConnection c = TcpConnection.connect("server", 7)) {
      net.partition(server, net.self());
      c.write("hello\n".getBytes(UTF_8));
      Task.sleep(Duration.ofSeconds(30));
      net.heal();
      assertEquals("hello", c.readLine());
    }
  }

  // ---- crash, kill, restart

  @CoroutineTest(seeds = 20)
  void aCrash_isSilent_noFinallyRuns_andAfterARestartThePeerIsReset(Simulation sim)
      throws Exception {
    Node a =
        sim.node(
            "a",
            () -> {
              log.add("begins");
              try {
                echo();
              } finally {
                log.add("finally");
              }
            });
    sim.settle();
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      roundTrip(c);
      a.crash();
      assertFalse(a.isUp());
      Task<String> reading = Task.start(() -> outcome(c));
      Task.sleep(Duration.ofMinutes(30));
      assertFalse(reading.isDone()); // half-open: nobody has told it
      a.restart();
      sim.settle();
      c.write(new byte[1]);
      assertEquals("Connection reset", Task.await(reading));
      try (TcpConnection again = TcpConnection.connect("a", PORT)) {
        roundTrip(again);
      }
    }
    assertEquals(List.of("begins", "begins"), log);
  }

  @CoroutineTest
  void aCrash_losesWhatClosedConnectionsHadStillToSend(Simulation sim) throws Exception {
    Node a =
        sim.node(
            "a",
            () -> {
              try (TcpServer server = TcpServer.bind(new InetSocketAddress(PORT));
                  TcpConnection c = server.accept()) {
                log.add(String.valueOf(c.readLine()));
              }
            });
    Node client =
        sim.node(
            "client",
            () -> {
              try (TcpConnection c = TcpConnection.connect("a", PORT)) {
                Task.sleep(SECOND);
                c.write("late\n".getBytes(UTF_8));
              }
              Task.sleep(Duration.ofDays(1));
            });
    Task.sleep(Duration.ofMillis(500));
    sim.network().partition(a, client);
    Task.sleep(Duration.ofSeconds(5));
    client.crash();
    sim.network().heal();
    Task.sleep(Duration.ofMinutes(30));
    assertEquals(List.of(), log);
  }

  @CoroutineTest
  void whoSendsToACrashedNode_givesUp_afterAQuarterOfAnHour(Simulation sim) throws Exception {
    Node a = echoNode(sim);
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      roundTrip(c);
      a.crash();
      Duration before = sim.elapsed();
      c.write(new byte[1]);
      assertEquals("Connection timed out", outcome(c));
      long took = sim.elapsed().minus(before).toSeconds();
      assertTrue(took > 900 && took < 960, took + " s");
    }
  }

  @CoroutineTest
  void whoConnectsToACrashedNode_givesUp_afterTwoMinutes(Simulation sim) throws Exception {
    Node a = echoNode(sim);
    a.crash();
    Duration before = sim.elapsed();
    String failure = "";
    try {
      TcpConnection.connect("a", PORT).close();
    } catch (IOException e) {
      failure = e.getMessage();
    }
    assertEquals("Connection timed out", failure);
    assertEquals(127, sim.elapsed().minus(before).toSeconds());
  }

  @CoroutineTest(seeds = 20)
  void aKilledProcess_hasItsSocketsClosed_andItsMachineRefuses(Simulation sim) throws Exception {
    Node a = echoNode(sim);
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      roundTrip(c);
      a.kill();
      assertEquals("-1 read", outcome(c));
    }
    String failure = "";
    try {
      TcpConnection.connect("a", PORT).close();
    } catch (IOException e) {
      failure = e.getMessage();
    }
    assertEquals("Connection refused", failure);
    a.restart();
    sim.settle();
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      roundTrip(c);
    }
  }

  @CoroutineTest
  void aNodeWhoseBodyEnds_closesWhatItLeftOpen(Simulation sim) throws Exception {
    Node a =
        sim.node(
            "a",
            () -> {
              TcpServer server = TcpServer.bind(new InetSocketAddress(PORT));
              TcpConnection c = server.accept();
              c.write("bye\n".getBytes(UTF_8));
            });
    sim.settle();
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      assertEquals("bye", c.readLine());
      assertEquals("-1 read", outcome(c));
    }
    assertFalse(a.isUp());
    assertEquals("node a, ended", a.toString());
  }

  @CoroutineTest
  void aNodeThatIsUp_cantBeRestarted_andTheTestsOwnCantCrash(Simulation sim) {
    Node a = echoNode(sim);
    IllegalStateException e = assertThrows(IllegalStateException.class, a::restart);
    assertEquals("Node.restart of node a\n  fix: crash or kill it first", e.getMessage());
    a.crash();
    a.crash(); // it is off
    a.kill();
    IllegalStateException f =
        assertThrows(IllegalStateException.class, () -> sim.network().self().crash());
    assertTrue(f.getMessage().startsWith("Node.crash of the test's own node"), f.getMessage());
  }

  @CoroutineTest(seeds = 50)
  void aNodeThatCrashes_whileItIsBusy_takesNothingOfTheOthersWithIt(Simulation sim)
      throws Exception {
    Node a = echoNode(sim);
    Node b =
        sim.node(
            "b",
            () -> {
              try (TcpConnection c = TcpConnection.connect("a", PORT)) {
                while (true) {
                  roundTrip(c);
                }
              }
            });
    Task.sleep(Duration.ofMillis(sim.random().nextInt(50)));
    b.crash();
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      roundTrip(c);
    }
    assertTrue(a.isUp());
  }

  // ---- partitions

  @CoroutineTest(seeds = 20)
  void aPartition_holdsAConnectionUp_untilItIsHealed(Simulation sim) throws Exception {
    Network net = sim.network();
    Node a = echoNode(sim);
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      roundTrip(c);
      net.partition(a, net.self());
      c.write("in vain\n".getBytes(UTF_8));
      try {
        Task.timeout(Duration.ofMinutes(2), () -> c.readLine());
        throw new AssertionError("read");
      } catch (TimeoutException e) {
        // as it should
      }
      net.heal();
      assertEquals("in vain", Task.timeout(Duration.ofMinutes(2), () -> c.readLine()));
    }
  }

  @CoroutineTest
  void aPartitionOfAnIdleConnection_isNeverNoticed(Simulation sim) throws Exception {
    Network net = sim.network();
    Node a = echoNode(sim);
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      roundTrip(c);
      net.isolate(a);
      Task.sleep(Duration.ofMinutes(50));
      net.heal(a, net.self());
      roundTrip(c);
    }
  }

  @CoroutineTest
  void aWayThatIsCutOneWay_letsBytesThrough_butNoAnswers(Simulation sim) throws Exception {
    Network net = sim.network();
    Node a =
        sim.node(
            "a",
            () -> {
              try (TcpServer server = TcpServer.bind(new InetSocketAddress(PORT));
                  TcpConnection c = server.accept()) {
                while (true) {
                  log.add(c.readLine());
                }
              }
            });
    sim.settle();
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      net.from(a, net.self()).cut();
      c.write("heard\n".getBytes(UTF_8));
      Task.sleep(SECOND);
      assertEquals(List.of("heard"), log);
      assertEquals("Connection timed out", outcome(c)); // nothing was acknowledged
    }
  }

  @CoroutineTest
  void connecting_whileHealing_succeeds_atTheNextTry(Simulation sim) throws Exception {
    Network net = sim.network();
    Node a = echoNode(sim);
    net.partition(List.of(a), List.of(net.self()));
    Task<TcpConnection> connecting = Task.start(() -> TcpConnection.connect("a", PORT));
    Task.sleep(Duration.ofSeconds(10));
    assertFalse(connecting.isDone());
    net.heal();
    try (TcpConnection c = Task.await(connecting)) {
      assertEquals(15, sim.elapsed().toSeconds()); // after 1, 3, 7 and 15 seconds
      roundTrip(c);
    }
  }

  // ---- connections that break

  @CoroutineTest(seeds = 20)
  void aReset_isSeenByBothSides_aHalfOpenOneByOne(Simulation sim) throws Exception {
    Network net = sim.network();
    Node a = echoNode(sim);
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      roundTrip(c);
      net.reset(a, net.self());
      assertEquals("Connection reset", outcome(c));
    }
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      roundTrip(c);
      net.halfOpen(a, net.self());
      Task<String> reading = Task.start(() -> outcome(c));
      Task.sleep(Duration.ofMinutes(30));
      assertFalse(reading.isDone());
      c.write(new byte[1]);
      assertEquals("Connection reset", Task.await(reading));
    }
  }

  @CoroutineTest(seeds = 20)
  void aWayThatResetsConnections_resetsThem(Simulation sim) throws Exception {
    Node a = echoNode(sim);
    sim.network().between(a, sim.network().self()).resets(0.1);
    int trips = 0;
    try (TcpConnection c = TcpConnection.connect("a", PORT)) {
      while (trips < 10_000) {
        roundTrip(c);
        trips++;
      }
    } catch (IOException e) {
      log.add(e.getMessage());
    }
    assertTrue(trips < 1000, trips + " round trips");
    assertTrue(log.get(0).matches("Connection reset( by peer)?"), log.toString());
  }

  // ---- clocks

  @CoroutineTest
  void aClockThatDrifts_isTheOneOfItsTimers(Simulation sim) throws Exception {
    Node fast =
        sim.node(
            "fast",
            () -> {
              for (int i = 0; i < 3; i++) {
                Task.sleep(Duration.ofSeconds(60));
                log.add("at " + sim.elapsed().toMillis());
              }
            });
    fast.drift(2);
    Node slow = sim.node("slow", () -> Task.sleep(Duration.ofDays(1)));
    slow.drift(0.5).setClock(Duration.ofSeconds(-5));
    Task.sleep(Duration.ofSeconds(100));
    assertEquals(List.of("at 30000", "at 60000", "at 90000"), log);
    assertEquals(Instant.EPOCH.plusSeconds(200), fast.clock().instant());
    assertEquals(Instant.EPOCH.plusSeconds(45), slow.clock().instant());
    slow.drift(3);
    Task.sleep(SECOND);
    assertEquals(Instant.EPOCH.plusSeconds(48), slow.clock().instant());
    assertThrows(IllegalArgumentException.class, () -> slow.drift(0));
    assertThrows(IllegalArgumentException.class, () -> slow.drift(Double.NaN));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 0.999, 0.5, 1.001, 1000, 1e-12})
  void aClockThatDrifts_neverComesToAnEternity(double rate) throws Exception {
    CoroutineTests.run(
        1,
        sim -> {
          log.clear();
          Node node =
              sim.node(
                  "n",
                  () -> {
                    Task.sleep(SECOND);
                    log.add("sleeps");
                    Task.sleep(Duration.ofSeconds(Long.MAX_VALUE));
                    log.add("woken");
                  });
          node.drift(0.5);
          Task.sleep(SECOND);
          node.drift(rate);
          Task.sleep(Duration.ofMinutes(1));
          assertEquals(List.of("sleeps"), log);
        });
  }
}
