package dev.coweave.samples.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.coweave.Coroutine;
import dev.coweave.io.UdpSocket;
import dev.coweave.junit.Simulation;
import dev.coweave.junit.network.Network;
import dev.coweave.junit.network.Node;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;

/** Three or five servers on nodes that crash, in a network that is cut again and again, and what must hold of them all the same. */
final class Cluster implements Raft.Events {
  private static final int PORT = 7;

  private final Simulation sim;
  private final RandomGenerator random;
  private final Map<String, InetSocketAddress> servers = new LinkedHashMap<>();
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Long, String> leaders = new HashMap<>();

  /** What is agreed on, and how far each server has applied it since it was started. */
  private final List<String> agreed = new ArrayList<>();

  private final Map<String, Integer> applied = new HashMap<>();

  /** The last that was elected. */
  private String leader = "";

  private String broken = "";
  private int proposed;

  Cluster(Simulation sim, Rules rules) {
    this.sim = sim;
    this.random = sim.random();
    int size = random.nextBoolean() ? 3 : 5;
    for (int i = 0; i < size; i++) {
      String name = "s" + i;
      Disk disk = new Disk();
      Node node =
          sim.node(
              name,
              () -> {
                applied.put(name, 0);
                new Raft(name, servers, disk, random, this, rules).run();
              });
      nodes.add(node);
      servers.put(name, new InetSocketAddress(node.address(), PORT));
    }
  }

  // ---- what must hold

  @Override
  public void elected(String server, long term) {
    leader = server;
    String other = leaders.putIfAbsent(term, server);
    if (other != null && !other.equals(server)) {
      broken = "two leaders of term " + term + ": " + other + " and " + server;
    }
  }

  @Override
  public void applied(String server, int index, String command) {
    applied.put(server, index);
    if (index > agreed.size()) {
      agreed.add(command);
    } else if (!agreed.get(index - 1).equals(command)) {
      broken =
          "as number "
              + index
              + " "
              + server
              + " applied "
              + command
              + ", others "
              + agreed.get(index - 1);
    }
  }

  private void check() {
    if (!broken.isEmpty()) {
      throw new AssertionError(broken);
    }
  }

  // ---- what happens to them

  /** Lets them live through hard times, and then through good ones, in which they must get on. */
  @Coroutine
  void live(int rounds) throws IOException {
    Network net = sim.network();
    net.all().loss(0.05).copies(0.2);
    double eager = random.nextDouble();
    try (UdpSocket client = UdpSocket.bind(new InetSocketAddress(0))) {
      for (int i = 0; i < rounds; i++) {
        for (int j = random.nextInt(4); j > 0; j--) {
          if (random.nextDouble() < eager) {
            propose(client);
          }
          Task.sleep(Duration.ofMillis(random.nextInt(100)));
        }
        disturb(net);
        check();
      }
      net.heal();
      net.all().latency(Duration.ofMillis(1), Duration.ofMillis(5));
      restartAll();
      getOn(client);
    }
  }

  private void disturb(Network net) {
    switch (random.nextInt(8)) {
      case 0 -> {
        List<Node> all = new ArrayList<>(nodes);
        Collections.shuffle(all, new Random(random.nextLong()));
        int half = random.nextInt(1, all.size());
        net.partition(all.subList(0, half), all.subList(half, all.size()));
      }
      case 1 -> net.heal();
      case 2 -> net.all().latency(Duration.ofMillis(1), Duration.ofMillis(random.nextInt(1, 150)));
      case 3 -> some().forEach(Node::crash);
      case 4 -> restartAll();
      case 5 -> { // The power flickers.
        some().forEach(Node::crash);
        restartAll();
      }
      case 6 -> nodes.stream().filter(n -> n.name().equals(leader)).forEach(Node::crash);
      default -> {}
    }
  }

  /** Each with an even chance. */
  private List<Node> some() {
    return nodes.stream().filter(n -> random.nextBoolean()).toList();
  }

  private void restartAll() {
    nodes.stream().filter(n -> !n.isUp()).forEach(Node::restart);
  }

  @Coroutine
  private void propose(UdpSocket client) throws IOException {
    String command = "c" + ++proposed;
    for (InetSocketAddress s : servers.values()) {
      client.send(ByteBuffer.wrap(("propose " + command).getBytes(UTF_8)), s);
    }
  }

  @Coroutine
  private void getOn(UdpSocket client) throws IOException {
    int before = agreed.size();
    for (int i = 0; i < 100; i++) {
      propose(client);
      Task.sleep(Duration.ofMillis(200));
      check();
      if (agreed.size() > before + 3 && applied.values().stream().allMatch(n -> n >= before + 3)) {
        return;
      }
    }
    throw new AssertionError("nothing is agreed on in 20 s of good times");
  }
}
