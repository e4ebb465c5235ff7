package dev.coweave.junit;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.junit.network.Network;
import dev.coweave.junit.network.Node;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Outcomes;
import dev.coweave.task.Task;
import dev.coweave.task.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The world that a test runs in: virtual time, loops that share the test's thread, and chance, all of which one seed decides. A {@link
 * CoroutineTest} takes it as a parameter.
 *
 * <pre>{@code
 * @CoroutineTest(seeds = 1000) void neverLosesMoney(Simulation sim) {
 *   Bank bank = new Bank(100);
 *   Task<Void> other = sim.loop("teller").start(() -> bank.withdraw(30));
 *   bank.withdraw(30);
 *   other.await();
 *   assertEquals(40, bank.balance());
 * }
 * }</pre>
 *
 * <p>Whatever draws chance from elsewhere, such as {@code Math.random}, the wall clock, or the order of a {@code HashMap} whose keys have identity hash codes, and
 * whatever other threads do, makes runs of a seed differ; that is reported where it shows. For the simulation's thread.
 */
public final class Simulation {
  private final long seed;
  private final Engine engine;
  private final SplittableRandom random;

  private final Network network;

  /** The test's own loop. */
  private final Lane main;

  Simulation(long seed, Recorder recorder, Limits limits) {
    this.seed = seed;
    this.engine = new Engine(seed, recorder, limits);
    this.random = Seeds.stream(seed, Seeds.TEST);
    this.network = new Network(new NetworkStage(engine, Seeds.stream(seed, Seeds.WORLD)));
    this.main = lane("test");
  }

  private Lane lane(String name) {
    Lane l = engine.lane(name, Lane.Drift.NONE, false);
    engine.in(l, network.self()::enter);
    return l;
  }

  // ---- for tests

  /** What decides everything here; 0 for tasks that run first in, first out. */
  public long seed() {
    return seed;
  }

  /** Chance for the test's own use: the same numbers in each run of a seed. */
  public RandomGenerator random() {
    return random;
  }

  /** The virtual time since the test began. */
  public Duration elapsed() {
    return Duration.ofNanos(engine.now());
  }

  /**
   * Another loop, as if it had a thread of its own: its tasks and those of other loops take turns in an order that the seed decides.
   *
   * @param name how messages and traces call it
   */
  public EventLoop loop(String name) {
    return lane(Objects.requireNonNull(name, "name")).loop.loop();
  }

  /**
   * An executor, as a pool of many threads is one: its jobs run whole, one at a time, in an order that the seed decides.
   *
   * @param name how traces call it
   */
  public Executor executor(String name) {
    return new SimulatedExecutor(engine, lane(Objects.requireNonNull(name, "name")));
  }

  /**
   * The network on which {@code dev.coweave.io} runs here: good and fast, until told otherwise. The test's own tasks, and those of {@link #loop}s, are on its node
   * named {@code test}.
   */
  public Network network() {
    return network;
  }

  /**
   * Adds a machine to the network, with an address, a clock and a loop of its own, and starts it. It may run on when the test ends.
   *
   * @param name its host name; no other node's
   * @param body what it does, at each start
   * @return the node, which can crash, be started again, and have a clock that drifts
   */
  public Node node(String name, CoroutineRunnable body) {
    return network.node(name, body);
  }

  /**
   * Lets the virtual time go on. All that is due until then, and at that very moment, has happened when this returns.
   *
   * @param time how far; not negative
   * @throws IllegalStateException on another thread than the simulation's, or when that has ended
   */
  @Coroutine
  public void advanceTimeBy(Duration time) {
    engine.checkHere();
    if (time.isNegative()) {
      throw new IllegalArgumentException("time doesn't go back: " + time);
    }
    Task.sleep(time);
    settle();
  }

  /**
   * Waits until all other tasks wait, for each other or for the time to go on.
   *
   * @throws IllegalStateException on another thread than the simulation's, or when that has ended
   */
  @Coroutine
  public void settle() {
    engine.checkHere();
    Task.<Boolean>suspend(r -> engine.whenIdle(() -> r.resume(true)));
  }

  // ---- for the extension

  /** Runs a coroutine to its end; what it throws is thrown as it is. */
  void act(String name, CoroutineRunnable body) {
    Task<Void> t = main.loop.loop().start(name, body);
    engine.runUntil(t::isDone);
    engine.outside().checkTime();
    Object unused = Outcomes.of(t);
  }

  Outside outside() {
    return engine.outside();
  }

  Recorder recorder() {
    return engine.recorder();
  }

  /** What its tasks do, in text. */
  String dump() {
    return engine.dump();
  }

  /**
   * The test has ended: looks for what it left behind, and ends that.
   *
   * @param failure how it failed; null if it didn't
   * @return how it failed in the end; null if it didn't
   */
  @Nullable Throwable end(@Nullable Throwable failure) {
    Throwable f = failure;
    List<Lane> lanes = List.copyOf(engine.lanes());
    try {
      if (f == null) {
        engine.settle();
        List<TaskState<?>> left = engine.tasksLeft();
        f = left.isEmpty() ? null : Fault.leaked(left, engine.dump());
      }
      List<String> repeating =
          lanes.stream()
              .filter(l -> !l.daemon && l.loop.cancelRepeating() > 0)
              .map(l -> l.name)
              .toList();
      if (f == null && !repeating.isEmpty()) {
        f = Fault.repeating(repeating);
      }
      recorder().ends();
      endTasks(lanes);
    } catch (Fault e) {
      f = f == null ? e : f;
    } finally {
      engine.outside().end();
    }
    lanes.forEach(l -> l.loop.end());
    if (!engine.unasked().isEmpty()) {
      Fault unobserved = Fault.unobserved(engine.unasked());
      if (f == null) {
        f = unobserved;
      } else {
        f.addSuppressed(unobserved);
      }
    }
    return f;
  }

  /** Nodes lose their power; the other tasks are cancelled, and run to their end. */
  private void endTasks(List<Lane> lanes) {
    for (Lane l : lanes) {
      if (l.daemon) {
        engine.stop(l);
      } else {
        l.loop.cancelAll();
      }
    }
    engine.runUntil(() -> engine.lanes().stream().allMatch(l -> l.loop.isEmpty()));
  }
}
