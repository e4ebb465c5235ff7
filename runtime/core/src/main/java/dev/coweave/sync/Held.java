package dev.coweave.sync;

/** A mutex or a permit that a task holds until it closes this. To be closed once, mostly by {@code try}. */
@FunctionalInterface
public interface Held extends AutoCloseable {
  /** Gives it back. */
  @Override
  void close();
}
