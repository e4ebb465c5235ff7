package dev.coweave.task;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A child of a {@link TaskScope}. */
final class ScopedTask<T extends @Nullable Object> extends Task<T> {
  private final TaskScope parent;

  /** Neighbours among its {@link Siblings}; guarded as they are. */
  private @Nullable ScopedTask<?> elder;

  private @Nullable ScopedTask<?> younger;

  /** The scope's owner handles its failure, so that close must not throw it; guarded by the scope. */
  boolean handledByOwner;

  ScopedTask(Scheduler scheduler, Start start, int kind, TaskScope scope) {
    super(scheduler, start, kind | OBSERVED);
    this.parent = scope;
  }

  @Override
  TaskState<?> owner() {
    return parent.owner();
  }

  @Override
  boolean mayBeOutdone(Predicate<TaskState<?>> stuck) {
    return parent.hasHope(stuck);
  }

  @Override
  void handled() {
    super.handled();
    TaskContinuation here = TaskContinuation.here();
    if (here != null && here.current() == owner()) {
      parent.handles(this);
    }
  }

  @Override
  void failing(Throwable failure) {
    parent.failing(this, failure);
  }

  @Override
  void failedInCancelled(Throwable failure) {
    parent.failedInCancelled(failure);
  }

  @Override
  void afterDone() {
    parent.ended(this);
  }

  /** The children of a scope, oldest first; linked through the children themselves, for there may be a million. Not thread-safe. */
  static final class Siblings {
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
    List<TaskState<?>> copy() {
      List<TaskState<?>> all = new ArrayList<>();
      for (ScopedTask<?> t = eldest; t != null; t = t.younger) {
        all.add(t);
      }
      return all;
    }
  }
}
