package dev.coweave.task;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The children of a scope, oldest first; linked through the children themselves, for there may be a million. Not thread-safe. */
final class Children {
  private @Nullable ScopedTask<?> eldest;
  private @Nullable ScopedTask<?> youngest;

  boolean isEmpty() {
    return eldest == null;
  }

  /** Appends a child that is in no scope. */
  void add(ScopedTask<?> child) {
    ScopedTask<?> y = youngest;
    child.elder = y;
    if (y == null) {
      eldest = child;
    } else {
      y.younger = child;
    }
    youngest = child;
  }

  /** Takes out a child that may be in. */
  void remove(ScopedTask<?> child) {
    ScopedTask<?> e = child.elder;
    if (e == null && eldest != child) {
      return;
    }
    ScopedTask<?> y = child.younger;
    if (e == null) {
      eldest = y;
    } else {
      e.younger = y;
    }
    if (y == null) {
      youngest = e;
    } else {
      y.elder = e;
    }
    child.elder = null;
    child.younger = null;
  }

  /** The children as they are now. */
  List<Task<?>> copy() {
    List<Task<?>> all = new ArrayList<>();
    for (ScopedTask<?> t = eldest; t != null; t = t.younger) {
      all.add(t);
    }
    return all;
  }
}
