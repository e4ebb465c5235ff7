package dev.coweave.junit.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.UdpSocket;
import dev.coweave.junit.CoroutineTest;
import dev.coweave.junit.Simulation;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Five nodes, each of which sends each other a heartbeat a second: how much time a simulation gets through. {@code -Dcoweave.heartbeats=} says for how
 * many seconds of virtual time.
 */
class HeartbeatsTest {
  private static final int NODES = 5;
  private static final int PORT = 7;
  private static final long SECONDS = Long.getLong("coweave.heartbeats", 2_000);

  private long beats;

  @CoroutineTest(timeout = 100_000_000, wallTimeout = 600)
  void overTcp(Simulation sim) throws Exception {
    for (int i = 0; i < NODES; i++) {
      int me = i;
      Node unused = sim.node("n" + i, () -> node(me));
    }
    measure(sim, "TCP");
  }

  @Coroutine
  private void node(int me) throws IOException {
    try (TcpServer server = TcpServer.bind(new InetSocketAddress(PORT));
        TaskScope scope = TaskScope.open()) {
      scope.fork(() -> server.serve(100, c -> count(c)));
      Task.sleep(Duration.ofMillis(100));
      List<TcpConnection> peers = new ArrayList<>();
      for (int i = 0; i < NODES; i++) {
        if (i != me) {
          peers.add(TcpConnection.connect("n" + i, PORT));
        }
      }
      while (true) {
        for (TcpConnection peer : peers) {
          peer.write(ByteBuffer.allocate(8));
        }
        Task.sleep(Duration.ofSeconds(1));
      }
    }
  }

  @Coroutine
  private void count(TcpConnection c) throws IOException {
    ByteBuffer beat = ByteBuffer.allocate(8);
    while (c.read(beat.clear()) >= 0) {
      beats++;
    }
  }

  @CoroutineTest(timeout = 100_000_000, wallTimeout = 600)
  void overUdp(Simulation sim) throws Exception {
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      int me = i;
      nodes.add(sim.node("n" + i, () -> node(me, nodes)));
    }
    measure(sim, "UDP");
  }

  @Coroutine
  private void node(int me, List<Node> nodes) throws IOException {
    try (UdpSocket socket = UdpSocket.bind(new InetSocketAddress(PORT));
        TaskScope scope = TaskScope.open()) {
      scope.fork(
          () -> {
            ByteBuffer beat = ByteBuffer.allocate(8);
            while (true) {
              socket.receive(beat.clear());
              beats++;
            }
          });
      Task.sleep(Duration.ofMillis(100));
      while (true) {
        for (int i = 0; i < NODES; i++) {
          if (i != me) {
            InetSocketAddress peer = new InetSocketAddress(nodes.get(i).address(), PORT);
            socket.send(ByteBuffer.allocate(8), peer);
          }
        }
        Task.sleep(Duration.ofSeconds(1));
      }
    }
  }

  @Coroutine
  private void measure(Simulation sim, String how) {
    Task.sleep(Duration.ofSeconds(SECONDS / 2)); // while the JIT warms up
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadCpuTime(); // other tests may run beside this one
    Task.sleep(Duration.ofSeconds(SECONDS / 2));
    double cpu = (threads.getCurrentThreadCpuTime() - before) / 1e9;
    System.out.printf(
        "heartbeats of %d nodes over %s: %,.0f simulated seconds a second of a core%n",
        NODES, how, SECONDS / 2 / cpu);
    assertTrue(beats > SECONDS * NODES * (NODES - 1) * 9 / 10, beats + " heartbeats");
    assertEquals(SECONDS, sim.elapsed().toSeconds());
  }
}
