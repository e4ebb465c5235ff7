package dev.coweave.junit.network;

import dev.coweave.CoroutineRunnable;
import java.util.random.RandomGenerator;

/**
 * What a world needs of the simulation that runs it: time, chance, and loops for its nodes. For those who write simulations; tests use {@link
 * Network} and {@link Node}. All of it happens on the simulation's one thread, unless a method says otherwise.
 */
public interface Stage {
  /** The world's time, in nanoseconds since its start: no node's clock. */
  long nanoTime();

  /** What all choices of the world are drawn from, so that the same seed gives the same world. */
  RandomGenerator random();

  /**
   * Lets something happen at a time of the world, in nobody's turn. What is to happen at the same time happens in the order in which it was
   * given, or in one that is drawn from the seed.
   *
   * @param nanos not before now
   * @param event short, and no user's code
   */
  void at(long nanos, Runnable event);

  /**
   * Runs something on the simulation's thread: now if this is it, else as soon as it can.
   *
   * @param action such as the closing of a socket by a worker thread
   */
  void execute(Runnable action);

  /**
   * Begins a node's life: a loop of its own, whose timers go by the node's clock ({@link Node#localTime}, {@link Node#worldTime}). When the body
   * and its tasks have ended it calls {@link Node#ended}.
   *
   * @param node which begins
   * @param body its first task
   * @return its loop
   */
  Machine start(Node node, CoroutineRunnable body);

  /** A node's loop, while it lives. */
  @FunctionalInterface
  interface Machine {
    /** Ends it as a power cut does: none of its tasks ever has a turn again, no {@code finally} runs. {@link Node#ended} isn't called. */
    void stop();
  }
}
