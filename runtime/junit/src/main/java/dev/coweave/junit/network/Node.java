package dev.coweave.junit.network;

import dev.coweave.CoroutineRunnable;
import dev.coweave.wait.Waits;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A machine of a simulated world with one process: an address, a clock, and a loop for its tasks. What its objects are is up to the test: a
 * node that is started anew gets nothing back but what its body reads from where the test keeps it, as a disk.
 *
 * <pre>{@code
 * Node a = sim.node("a", () -> server());
 * a.crash();                                  // as a power cut: no finally runs, and nobody is told
 * a.restart();                                // the body begins anew
 * }</pre>
 *
 * <p>For the simulation's thread.
 */
public final class Node {
  // off ──restart──► up ──crash──► off
  //  ▲                │ ──kill, the body's end──► down (the machine answers that nobody listens)
  // ──restart──► up
  //  └──────crash──────────────────────────────────┘

  /** In nanoseconds, 146 years: no world gets so old, and beyond there sums overflow. */
  private static final long NEVER = Long.MAX_VALUE / 2;

  private final Stage stage;
  private final Host host;
  private final @Nullable CoroutineRunnable body;
  private Stage.@Nullable Machine machine;

  /** Its clock: what it showed at some time of the world, and how fast it has gone since. */
  private double rate = 1;

  private long since;
  private long shownThen;
  private long wallOffset;

  Node(Stage stage, Host host, @Nullable CoroutineRunnable body) {
    this.stage = stage;
    this.host = host;
    this.body = body;
  }

  /** By what it is found: a name that its peers can connect to. */
  public String name() {
    return host.name();
  }

  /** Its address, by which its peers can connect to it too; within the node that is another than loopback. */
  public InetAddress address() {
    return host.address();
  }

  /** Whether its body, or a task that it has started, runs. */
  public boolean isUp() {
    return machine != null || (body == null && host.isOn());
  }

  // ---- life

  /**
   * Cuts its power. None of its tasks has a turn again: no {@code finally} block runs, no scope ends, nothing is closed, as if the JVM had never
   * been. Its peers aren't told: what they send is lost, and their connections are half-open until they give up, or the node is up again and
   * answers that it knows nothing of them. What it had sent before may still arrive. Does nothing to one that is off. A task that crashes its own node goes on to
   * its next wait, and no further.
   *
   * @throws IllegalStateException if it is the test's own
   */
  public void crash() {
    stop("crash");
    host.powerOff();
  }

  /**
   * Ends its process as {@code kill -9} does: as {@link #crash}, but its machine stays, and closes its sockets. Its peers see the end of their
   * connections, or a reset where it had not read all; who connects to it is refused.
   *
   * @throws IllegalStateException if it is the test's own
   */
  public void kill() {
    stop("kill");
    host.processEnds();
  }

  private void stop(String operation) {
    if (body == null) {
      throw new IllegalStateException(
          "Node."
              + operation
              + " of the test's own node\n"
              + "  fix: give what is to end a node of its own: sim.node(name, () -> …)");
    }
    Stage.Machine m = machine;
    machine = null;
    if (m != null) {
      m.stop();
    }
  }

  /**
   * Starts it: its body runs from the beginning, on a new loop, with no socket left of its former life.
   *
   * @throws IllegalStateException if it is up
   */
  public void restart() {
    if (isUp()) {
      throw new IllegalStateException(
          "Node.restart of " + this + "\n  fix: crash or kill it first");
    }
    start();
  }

  void start() {
    host.powerOn();
    CoroutineRunnable b = Objects.requireNonNull(body);
    machine =
        stage.start(
            this,
            () -> {
              enter();
              b.run();
            });
  }

  /** From now on the tasks of the running loop use this node's sockets. For simulations. */
  public void enter() {
    Waits.substitute(dev.coweave.io.network.Network.class, new NodeNetwork(host));
  }

  /** Its body and all of its tasks have ended: its machine closes what they left open. For simulations. */
  public void ended() {
    machine = null;
    host.processEnds();
  }

  // ---- time

  /**
   * Lets its clock go at another rate from now on; the timers of its tasks go by it.
   *
   * @param rate 1 for right, 1.001 for a millisecond too fast in each second; positive
   * @return this
   */
  public Node drift(double rate) {
    if (!(rate > 0) || rate > 1000) {
      throw new IllegalArgumentException("rate of a clock: " + rate);
    }
    long now = stage.nanoTime();
    shownThen = localTime(now);
    since = now;
    this.rate = rate;
    return this;
  }

  /**
   * Sets its {@linkplain #clock() wall clock}; timers don't go by that.
   *
   * @param by how far it jumps; negative for back
   * @return this
   */
  public Node setClock(Duration by) {
    wallOffset += by.toNanos();
    return this;
  }

  /** Its wall clock, in UTC: at first 1970-01-01T00:00Z and the world's time; it drifts, and can be {@linkplain #setClock set}. */
  public Clock clock() {
    InstantSource source = () -> Instant.EPOCH.plusNanos(localTime(stage.nanoTime()) + wallOffset);
    return source.withZone(ZoneOffset.UTC);
  }

  /**
   * What its clock shows at a time of the world. For simulations.
   *
   * @param world nanoseconds, not before its rate was last changed
   * @return nanoseconds
   */
  public long localTime(long world) {
    return rate == 1 ? shownThen + (world - since) : shownThen + (long) ((world - since) * rate);
  }

  /**
   * When its clock shows a time, unless its rate is changed before. For simulations.
   *
   * @param local nanoseconds by its clock
   * @return the first nanosecond of the world at which the clock shows it
   */
  public long worldTime(long local) {
    double passes = (local - shownThen) / rate;
    if (passes > NEVER - since) {
      return NEVER;
    }
    if (rate == 1) {
      return since + (local - shownThen);
    }
    long world = since + (long) Math.floor(passes);
    while (localTime(world) < local) { // what was rounded
      world++;
    }
    return world;
  }

  Host host() {
    return host;
  }

  @Override
  public String toString() {
    return "node " + name() + (isUp() ? "" : host.isOn() ? ", ended" : ", off");
  }
}
