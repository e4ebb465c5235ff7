package dev.coweave.semantics;

import static dev.coweave.semantics.TlsTest.CLIENT;
import static dev.coweave.semantics.TlsTest.SERVER;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.io.Connection;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.TlsConnection;
import dev.coweave.junit.CoroutineAssertions;
import dev.coweave.junit.CoroutineTest;
import dev.coweave.junit.Simulation;
import dev.coweave.junit.network.Node;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeoutException;

/** TLS over a network in trouble: at any moment of a handshake, and after it. */
class SimulatedTlsTest {
  private static final int SEEDS = 10;
  private static final int PORT = 443;

  /** By then a handshake has ended on a good network. */
  private static final int HANDSHAKE_MILLIS = 150;

  @Coroutine
  private static Node server(Simulation sim) {
    Node server = sim.node("server", () -> serve());
    Task.sleep(Duration.ofSeconds(1));
    sim.network().all().latency(Duration.ofMillis(5), Duration.ofMillis(20));
    return server;
  }

  @Coroutine
  private static void serve() throws IOException {
    try (TcpServer tcp = TcpServer.bind(new InetSocketAddress(PORT))) {
      tcp.serve(10, SERVER, c -> echo(c));
    }
  }

  @Coroutine
  private static void echo(Connection c) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1000);
    while (c.read(buffer.clear()) >= 0) {
      c.write(buffer.flip());
    }
  }

  @Coroutine
  private static TlsConnection connect() throws IOException {
    return TcpConnection.connect("server", PORT).startTls("localhost", CLIENT);
  }

  @Coroutine
  private static String ask() throws IOException {
    try (TlsConnection c = connect()) {
      c.write("hello\n".getBytes(UTF_8));
      return c.readLine(100);
    }
  }

  @CoroutineTest(seeds = SEEDS)
  void aPartition_holdsAHandshakeUp_untilItIsHealed(Simulation sim) throws Exception {
    Node server = server(sim);
    Task<String> client = Task.start(() -> ask());
    Task.sleep(Duration.ofMillis(sim.random().nextInt(HANDSHAKE_MILLIS)));
    sim.network().isolate(server);
    Task.sleep(Duration.ofSeconds(5)); // the server has ten for a handshake
    sim.network().heal();
    assertEquals("hello", client.await());
  }

  @CoroutineTest(seeds = SEEDS)
  void aHandshakeThatNobodyAnswers_timesOut_andLeavesNothing(Simulation sim) throws Exception {
    Node server = server(sim);
    Task<String> client = Task.start(() -> Task.timeout(Duration.ofMinutes(1), () -> ask()));
    Task.sleep(Duration.ofMillis(sim.random().nextInt(HANDSHAKE_MILLIS / 4)));
    sim.network().isolate(server);
    CoroutineAssertions.assertThrows(TimeoutException.class, () -> client.await());
  }

  @CoroutineTest(seeds = SEEDS)
  void aServerThatCrashes_fails_whoTalksToIt(Simulation sim) throws Exception {
    Node server = server(sim);
    Task<String> client =
        Task.start(
            () -> {
              try (TlsConnection c = connect()) {
                while (true) { // until the connection is gone
                  c.write("hello\n".getBytes(UTF_8));
                  assertEquals("hello", c.readLine(100));
                }
              }
            });
    Task.sleep(Duration.ofMillis(sim.random().nextInt(2 * HANDSHAKE_MILLIS)));
    server.crash();
    server.restart();
    Task.sleep(Duration.ofMinutes(1)); // A client that hadn't connected has now.
    server.kill();
    CoroutineAssertions.assertThrows(IOException.class, () -> client.await());
  }

  @CoroutineTest(seeds = SEEDS)
  void aLossyWay_losesNoByte(Simulation sim) throws Exception {
    server(sim);
    sim.network().all().loss(0.2);
    byte[] sent = new byte[20_000];
    new Random(1).nextBytes(sent);
    try (TlsConnection c = connect()) {
      Task<Void> writing = Task.start(() -> c.write(sent));
      assertArrayEquals(sent, c.readExactly(sent.length));
      writing.await();
    }
  }
}
