package dev.coweave.proof.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.UdpSocket;
import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.Simulation;
import dev.coweave.junit.network.Node;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Five nodes that each send each other a heartbeat a second: how many seconds of theirs pass in one of ours. */
class HeartbeatTest {
  private static final int NODES = 5;
  private static final int ROUNDS = 8;
  private static final int PORT = 7000;
  private static final int SECONDS = Integer.getInteger("proof.heartbeats", 1000);

  private static final class Cluster {
    final List<Node> nodes = new ArrayList<>();
    long received;

    @Coroutine
    void node() throws IOException {
      UdpSocket socket = UdpSocket.bind(new InetSocketAddress(PORT));
      Task<Void> sender = Task.start(() -> send(socket));
      ByteBuffer in = ByteBuffer.allocate(16);
      while (true) {
        in.clear();
        socket.receive(in);
        received++;
      }
    }

    @Coroutine
    private void send(UdpSocket socket) throws IOException {
      while (true) {
        Task.sleep(Duration.ofSeconds(1));
        for (Node peer : nodes) {
          InetSocketAddress to = new InetSocketAddress(peer.address(), PORT);
          if (!to.getAddress().equals(socket.localAddress().getAddress())) {
            socket.send(ByteBuffer.wrap(new byte[] {1}), to);
          }
        }
      }
    }
  }

  @Test
  void fiveNodes() throws Exception {
    long[] received = new long[1];
    double seconds = 0;
    for (int round = 0; round < ROUNDS; round++) { // The last counts: until then the JVM warms up.
      long start = System.nanoTime();
      CoroutineTests.run(1, sim -> received[0] = beat(sim, SECONDS));
      seconds = (System.nanoTime() - start) / 1e9;
    }
    System.out.printf(
        "%d simulated seconds of %d nodes in %.2f s: %.0f a second%n",
        SECONDS, NODES, seconds, SECONDS / seconds);
    assertTrue(received[0] >= (long) (NODES - 1) * NODES * (SECONDS - 1), received[0] + "");
  }

  @Coroutine
  private static long beat(Simulation sim, int seconds) {
    Cluster c = new Cluster();
    for (int i = 0; i < NODES; i++) {
      c.nodes.add(sim.node("node-" + i, c::node));
    }
    Task.sleep(Duration.ofSeconds(seconds));
    assertEquals(Duration.ofSeconds(seconds), sim.elapsed());
    return c.received;
  }
}
