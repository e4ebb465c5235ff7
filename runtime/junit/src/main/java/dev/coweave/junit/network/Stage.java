package dev.coweave.junit.network;

import dev.coweave.CoroutineRunnable;

/**
 * What a world needs of the simulation that runs it: time, chance, and loops for its nodes. For those who write simulations; tests use {@link
 * Network} and {@link Node}. All of it happens on the simulation's one thread, unless a method says otherwise.
 */
public interface Stage extends Events {
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
