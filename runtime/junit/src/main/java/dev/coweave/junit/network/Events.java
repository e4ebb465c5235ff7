package dev.coweave.junit.network;

import java.util.random.RandomGenerator;

/** Time and chance in a world, and what happens in it. All on the simulation's one thread, unless a method says otherwise. */
public interface Events {
  /** The world's time, in nanoseconds since its start: no node's clock. */
  long nanoTime();

  /** What all choices of the world are drawn from, so that the same seed gives the same world. */
  RandomGenerator random();

  /**
   * Lets something happen at a time of the world, in nobody's turn. What is to happen at the same time happens in the order in which it was
   * given, or in one that is drawn from the seed.
   *
   * @param nanos not before now
   * @param what how traces call it; the same in each run of a seed
   * @param event short, and no user's code
   */
  void at(long nanos, String what, Runnable event);

  /**
   * Runs something on the simulation's thread: now if this is it, else as soon as it can.
   *
   * @param action such as the closing of a socket by a worker thread
   */
  void execute(Runnable action);
}
