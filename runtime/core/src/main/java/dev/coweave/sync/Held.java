package dev.coweave.sync;

/** What a task holds until it closes this: a mutex, a permit. To be closed once, mostly by {@code try}. */
@FunctionalInterface
public interface Held extends AutoCloseable {
  /** Gives it back. */
  @Override
  void close();
}
