package dev.coweave.junit.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.UdpSocket;
import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.Simulation;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A seed decides all that happens in a world, and each seed makes another. */
class RepetitionTest {
  private static final int PORT = 7;
  private static final int SEEDS = 20;

  @Test
  void theSameSeed_givesTheSameRun_andEachAnother() throws Exception {
    Map<Long, String> once = lives();
    assertEquals(once, lives());
    assertEquals(SEEDS, new HashSet<>(once.values()).size());
    assertTrue(once.get(0L).length() > 1000, once.get(0L));
  }

  private static Map<Long, String> lives() throws Exception {
    Map<Long, String> lives = new HashMap<>();
    CoroutineTests.run(SEEDS, sim -> lives.put(sim.seed(), life(sim)));
    return lives;
  }

  /** What three nodes hear of each other in bad times. */
  @Coroutine
  private static String life(Simulation sim) {
    StringBuilder log = new StringBuilder();
    Network net = sim.network();
    net.all()
        .latency(Duration.ofMillis(1), Duration.ofMillis(9))
        .loss(0.1)
        .copies(0.1)
        .resets(0.02);
    for (int i = 0; i < 3; i++) {
      String next = "n" + (i + 1) % 3;
      Node unused = sim.node("n" + i, () -> talk(sim, next, log));
    }
    for (int i = 0; i < 10; i++) {
      Task.sleep(Duration.ofMillis(sim.random().nextInt(2000)));
      Node n = net.nodes().get(1 + sim.random().nextInt(3));
      switch (sim.random().nextInt(4)) {
        case 0 -> net.isolate(n);
        case 1 -> net.heal();
        case 2 -> {
          n.crash();
          n.restart();
        }
        default -> {
          n.kill();
          n.restart();
        }
      }
    }
    return log.toString();
  }

  @Coroutine
  private static void talk(Simulation sim, String next, StringBuilder log) throws IOException {
    try (TcpServer server = TcpServer.bind(new InetSocketAddress(PORT));
        UdpSocket udp = UdpSocket.bind(new InetSocketAddress(PORT));
        TaskScope scope = TaskScope.open()) {
      scope.fork(() -> server.serve(10, c -> listen(sim, c, log)));
      scope.fork(
          () -> {
            while (true) {
              log.append(sim.elapsed()).append(udp.receive(ByteBuffer.allocate(1))).append('\n');
            }
          });
      while (true) {
        try (TcpConnection c = TcpConnection.connect(next, PORT)) {
          while (true) {
            c.write(new byte[] {1});
            udp.send(ByteBuffer.allocate(1), c.remoteAddress());
            Task.sleep(Duration.ofMillis(100));
          }
        } catch (IOException e) {
          log.append(sim.elapsed()).append(e.getMessage()).append('\n');
          Task.sleep(Duration.ofMillis(100));
        }
      }
    }
  }

  @Coroutine
  private static void listen(Simulation sim, TcpConnection c, StringBuilder log)
      throws IOException {
    ByteBuffer b = ByteBuffer.allocate(10);
    while (c.read(b.clear()) >= 0) {
      log.append(sim.elapsed()).append(c.remoteAddress()).append('\n');
    }
  }
}
