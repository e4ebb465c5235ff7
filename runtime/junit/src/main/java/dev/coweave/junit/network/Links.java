package dev.coweave.junit.network;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** Ways from node to node, whose conditions can be changed at any time; packets that are on their way keep theirs. For the simulation's thread. */
public final class Links {
  private final List<Link> links;
  private final Consumer<UnaryOperator<Conditions>> andFuture;

  Links(List<Link> links, Consumer<UnaryOperator<Conditions>> andFuture) {
    this.links = links;
    this.andFuture = andFuture;
  }

  private Links change(UnaryOperator<Conditions> change) {
    links.forEach(l -> l.conditions = change.apply(l.conditions));
    andFuture.accept(change);
    return this;
  }

  /**
   * How long a packet takes: something between two times, drawn for each. Datagrams overtake each other if the times differ; the bytes of a
   * connection stay in order.
   *
   * @param least at least
   * @param most at most
   * @return this
   */
  public Links latency(Duration least, Duration most) {
    long from = least.toNanos();
    long to = most.toNanos();
    if (from < 0 || to < from) {
      throw new IllegalArgumentException("latency from " + least + " to " + most);
    }
    return change(c -> c.latency(from, to));
  }

  /**
   * How probable it is that a packet is lost. TCP sends it again after 200 ms, 400 ms and so on, and what follows waits for it.
   *
   * @param probability 0 to 1
   * @return this
   */
  public Links loss(double probability) {
    double p = checked(probability);
    return change(c -> c.loss(p));
  }

  /**
   * How probable it is that a datagram arrives twice.
   *
   * @param probability 0 to 1
   * @return this
   */
  public Links copies(double probability) {
    double p = checked(probability);
    return change(c -> c.copies(p));
  }

  /**
   * How probable it is that a segment of TCP, which is what one write sends, doesn't arrive, but resets its connection on both sides.
   *
   * @param probability 0 to 1
   * @return this
   */
  public Links resets(double probability) {
    double p = checked(probability);
    return change(c -> c.resets(p));
  }

  /**
   * How many bytes of a connection pass in a second.
   *
   * @param bytesPerSecond positive; 0 for no limit
   * @return this
   */
  public Links rate(long bytesPerSecond) {
    if (bytesPerSecond < 0) {
      throw new IllegalArgumentException("bytes per second: " + bytesPerSecond);
    }
    return change(c -> c.rate(bytesPerSecond));
  }

  /**
   * Lets nothing pass; see {@link Network#partition(Node, Node)}.
   *
   * @return this
   */
  public Links cut() {
    links.forEach(l -> l.cut = true);
    return this;
  }

  /**
   * Lets packets pass again.
   *
   * @return this
   */
  public Links heal() {
    links.forEach(l -> l.cut = false);
    return this;
  }

  private static double checked(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException("probability: " + probability);
    }
    return probability;
  }
}
