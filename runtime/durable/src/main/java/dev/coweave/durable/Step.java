package dev.coweave.durable;

import org.jspecify.annotations.Nullable;

/**
 * What a step does to the outside world.
 *
 * @param <T> its result
 * @param <X> what it throws
 */
@FunctionalInterface
public interface Step<T extends @Nullable Object, X extends Throwable> {
  /**
   * Does it.
   *
   * @param key the same for each attempt of this step, and never that of another: for services that take an idempotency key
   */
  T run(String key) throws X;

  /**
   * A step without a key.
   *
   * @param <T> its result
   * @param <X> what it throws
   */
  @FunctionalInterface
  interface Keyless<T extends @Nullable Object, X extends Throwable> {
    /** Does it. */
    T run() throws X;
  }

  /**
   * A step without a key and without a result.
   *
   * @param <X> what it throws
   */
  @FunctionalInterface
  interface Action<X extends Throwable> {
    /** Does it. */
    void run() throws X;
  }

  /**
   * A transaction.
   *
   * @param <T> its result
   * @param <X> what it throws
   */
  @FunctionalInterface
  interface Transaction<T extends @Nullable Object, X extends Throwable> {
    /**
     * Does it.
     *
     * @param connection in the checkpoint's own transaction; commit, rollback and close are the engine's
     */
    T run(java.sql.Connection connection) throws X;
  }
}
