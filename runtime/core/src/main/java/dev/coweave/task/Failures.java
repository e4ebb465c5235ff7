package dev.coweave.task;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The failures of a scope's children that its owner hasn't got otherwise. Not thread-safe. */
final class Failures {
  // A failure is thrown once. Its owner may have got it before the scope throws it: awaited the
  // child, or another that failed by it, or thrown it as a value. Then it is on its way through the
  // block, and Java adds to it what close throws, which must not be the same object.

  private record Failure(@Nullable Object child, Throwable thrown) {}

  private final List<Failure> left = new ArrayList<>(1);
  private @Nullable Throwable first;

  /**
   * A child has failed.
   *
   * @param handled whether the owner handles that by itself
   */
  void add(Object child, boolean handled, Throwable thrown) {
    if (first == null) {
      first = thrown;
    }
    if (!handled && left.stream().noneMatch(f -> f.thrown == thrown)) {
      left.add(new Failure(child, thrown));
    }
  }

  /** A failure that the scope doesn't throw, but adds to the one that it throws. */
  void addSuppressed(Throwable thrown) {
    left.add(new Failure(null, thrown));
  }

  /** The owner handles a child's failure. */
  void handled(Object child) {
    left.removeIf(f -> f.child == child);
  }

  /** The owner has got an exception: a failure, or one that was caused by it. */
  void got(Throwable t) {
    if (left.isEmpty()) {
      return;
    }
    Throwable cause = t;
    for (int i = 0; cause != null && i < 100; i++) { // They may go round in a circle.
      Throwable c = cause;
      left.removeIf(f -> f.thrown == c);
      cause = cause.getCause();
    }
  }

  /** The failure that join throws: the first, with the others suppressed. */
  @Nullable Throwable forJoin() {
    return take(first);
  }

  /** The failure that close throws: the first that the owner hasn't got, with the others suppressed. */
  @Nullable Throwable forClose() {
    for (Failure f : left) {
      if (f.child != null) {
        return take(f.thrown);
      }
    }
    return take(null);
  }

  /** Throws the failure that ended the wait for the children, with all others suppressed. */
  Throwable with(Throwable interruption) {
    take(interruption);
    return interruption;
  }

  private @Nullable Throwable take(@Nullable Throwable thrown) {
    for (Failure f : left) {
      if (thrown == null) {
        RuntimeLog.error("a task failed while it was cancelled, and nobody is told", f.thrown);
      } else {
        suppress(thrown, f.thrown);
      }
    }
    left.clear();
    first = null;
    return thrown;
  }

  /** Adds a failure to one that is thrown; reports it if that takes none. */
  static void suppress(Throwable thrown, @Nullable Throwable other) {
    if (other == null || other == thrown) { // An executor may always throw the same object.
      return;
    }
    thrown.addSuppressed(other);
    if (thrown.getSuppressed().length == 0) {
      RuntimeLog.error(
          "a failure that nobody is told, for the one that is thrown takes no other", other);
    }
  }
}
