package dev.coweave.sync;

import java.util.Arrays;
import java.util.Comparator;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Several locks held together, taken in an order that all agree on, so that two who want the same never wait for each other.
 * Java Concurrency in Practice, 10.1.2: the order is that of the identity hash codes, and who has two equal ones takes one more lock first.
 */
final class Monitors {
  private static final Object TIE = new Object();

  private Monitors() {}

  /** Runs something while holding the locks; one may be named twice. */
  static <T> T hold(Object[] locks, Supplier<T> action) {
    @Nullable Object[] sorted = locks.clone();
    Arrays.sort(sorted, Comparator.comparingInt(System::identityHashCode));
    if (!hasTie(sorted)) {
      return hold(sorted, 0, action);
    }
    synchronized (TIE) {
      return hold(sorted, 0, action);
    }
  }

  private static boolean hasTie(@Nullable Object[] sorted) {
    for (int i = 1; i < sorted.length; i++) {
      if (sorted[i] != sorted[i - 1]
          && System.identityHashCode(sorted[i]) == System.identityHashCode(sorted[i - 1])) {
        return true;
      }
    }
    return false;
  }

  private static <T> T hold(@Nullable Object[] sorted, int from, Supplier<T> action) {
    if (from == sorted.length) {
      return action.get();
    }
    Object lock = sorted[from];
    if (lock == null) {
      return hold(sorted, from + 1, action);
    }
    synchronized (lock) {
      return hold(sorted, from + 1, action);
    }
  }
}
