package dev.coweave.task;

/**
 * A thread's work for the runtime: three slots a thread, in an array, so that whoever holds it changes them by a store. A store calls
 * nothing, so the one that ends a turn can't fail: not even where the stack has overflowed.
 */
final class Place {
  // The array is of a class of the JDK, and its slots are null between turns or of the JDK too: a
  // pool's thread, which outlives an application, keeps nothing of its class loader.

  /** The {@link TaskContinuation} that runs tasks on the thread; null for none. */
  static final int CONTINUATION = 0;

  /** The turns that wait for the one that runs on the thread; see {@link ExecutorScheduler}. */
  static final int TURNS = 1;

  /** When plain calls last looked who had called them; see {@link CallerChecks}. */
  static final int CHECKS = 2;

  private static final ThreadLocal<Object[]> PLACES = ThreadLocal.withInitial(() -> new Object[3]);

  private Place() {}

  /** That of the calling thread. */
  static Object[] ofThread() {
    return PLACES.get();
  }
}
