package dev.coweave.junit.network;

import dev.coweave.CoroutineRunnable;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A network in memory between the nodes of a simulation, on which {@code dev.coweave.io} runs unchanged: TCP, UDP and names, with TLS over it. It
 * keeps the rules of the real one, as Linux and the JDK show them to non-blocking sockets: order and back-pressure of streams, half-closed and half-open
 * connections, resets, refusals, backlogs, retransmission and when that gives up, truncated and lost datagrams. What happens and when is drawn
 * from the simulation's seed.
 *
 * <pre>{@code
 * Network net = sim.network();
 * Node a = sim.node("a", () -> server()), b = sim.node("b", () -> client("a"));
 * net.all().latency(Duration.ofMillis(1), Duration.ofMillis(20)).loss(0.01);
 * net.partition(a, b);
 * Task.sleep(Duration.ofSeconds(30));
 * net.heal();
 * }</pre>
 *
 * <p>At first it is a good local network: a packet takes 0.1 to 1 ms, and none is lost. Within a node one takes 10 µs, whatever is set here.
 *
 * <p>For the simulation's thread.
 */
public final class Network {
  private final Stage stage;
  private final Wires wires;
  private final List<Node> nodes = new ArrayList<>();
  private final Node self;

  /**
   * An empty network.
   *
   * @param stage what runs it
   */
  public Network(Stage stage) {
    this.stage = stage;
    this.wires = new Wires(stage);
    this.self = add("test", null);
    self.host().powerOn();
  }

  private Node add(String name, @Nullable CoroutineRunnable body) {
    Node n = new Node(stage, wires.host(name), body);
    nodes.add(n);
    return n;
  }

  /** The node of the test's own tasks, named {@code test}. It can't crash. */
  public Node self() {
    return self;
  }

  /**
   * Adds a node, and starts it. Its address is the next of 10.0.0.0/8, its name is known to all.
   *
   * @param name its host name; no other node's
   * @param body what it does, at each start
   * @return the node
   * @throws IllegalArgumentException if there is one of that name
   */
  public Node node(String name, CoroutineRunnable body) {
    Node n = add(Objects.requireNonNull(name, "name"), Objects.requireNonNull(body, "body"));
    n.start();
    return n;
  }

  /** All nodes, the test's own first. */
  public List<Node> nodes() {
    return List.copyOf(nodes);
  }

  // ---- conditions

  /** The ways between all nodes, also those that will be. */
  public Links all() {
    return wires.all();
  }

  /**
   * The two ways between two nodes.
   *
   * @param a one
   * @param b the other
   */
  public Links between(Node a, Node b) {
    return wires.of(List.of(wires.link(a.host(), b.host()), wires.link(b.host(), a.host())));
  }

  /**
   * The way from one node to another, and not back.
   *
   * @param from one
   * @param to the other
   */
  public Links from(Node from, Node to) {
    return wires.of(List.of(wires.link(from.host(), to.host())));
  }

  /**
   * All ways to and from a node that there are now.
   *
   * @param node one
   */
  public Links of(Node node) {
    List<Link> links = new ArrayList<>();
    for (Node n : nodes) {
      if (n != node) {
        links.add(wires.link(n.host(), node.host()));
        links.add(wires.link(node.host(), n.host()));
      }
    }
    return wires.of(links);
  }

  /**
   * Says how many bytes of a direction of a connection may be on their way or unread: a writer to a peer that doesn't read waits when there are so
   * many. So many bytes of datagrams may be unread too; what comes then is lost. For sockets made from now on. At first 128 KiB.
   *
   * @param bytes at least 1
   */
  public void buffers(int bytes) {
    if (bytes < 1) {
      throw new IllegalArgumentException("bytes: " + bytes);
    }
    wires.buffers = bytes;
  }

  // ---- names

  /**
   * Lets a name stand for nodes; who connects to it tries them in this order.
   *
   * @param name a host name, of which capitals don't matter
   * @param to nodes; none, to make it unknown
   */
  public void name(String name, Node... to) {
    wires.names.put(name, List.of(to).stream().map(Node::address).toList());
  }

  // ---- faults

  /**
   * Lets nothing pass between two nodes any more, until they are {@linkplain #heal healed}. Nobody is told: datagrams are lost, and TCP
   * sends again and again, and goes on after healing, unless one side has given up, which it does a quarter of an hour after it sent something in
   * vain, or two minutes after it began to connect.
   *
   * @param a one
   * @param b the other
   */
  public void partition(Node a, Node b) {
    between(a, b).cut();
  }

  /**
   * Cuts the network in two: lets nothing pass between nodes of one half and of the other any more.
   *
   * @param half some nodes
   * @param other some others
   */
  public void partition(Collection<Node> half, Collection<Node> other) {
    for (Node a : half) {
      for (Node b : other) {
        partition(a, b);
      }
    }
  }

  /**
   * Cuts a node off from all that there are now.
   *
   * @param node one
   */
  public void isolate(Node node) {
    of(node).cut();
  }

  /** Ends all partitions. */
  public void heal() {
    all().heal();
  }

  /**
   * Ends the partition between two nodes.
   *
   * @param a one
   * @param b the other
   */
  public void heal(Node a, Node b) {
    between(a, b).heal();
  }

  /**
   * Resets all connections between two nodes, as a firewall does: both sides learn of it, at once.
   *
   * @param a one
   * @param b the other
   */
  public void reset(Node a, Node b) {
    a.host().reset(b.host());
    b.host().reset(a.host());
  }

  /**
   * Resets one side of all connections between two nodes, as a firewall that tells one of them: the other's are half-open. It is told when it next
   * sends something.
   *
   * @param told whose connections are reset
   * @param untold whose are half-open
   */
  public void halfOpen(Node told, Node untold) {
    told.host().reset(untold.host());
  }
}
