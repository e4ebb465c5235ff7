package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/** A child of a {@link TaskScope}. */
final class ScopedTask<T extends @Nullable Object> extends Task<T> {
  private final TaskScope parent;

  /** Neighbours in its parent's {@link Children}; guarded as they are. */
  @Nullable ScopedTask<?> elder;

  @Nullable ScopedTask<?> younger;

  /** The scope's owner handles its failure, so that close must not throw it; guarded by the scope. */
  boolean handledByOwner;

  ScopedTask(Scheduler scheduler, Start start, int kind, TaskScope scope) {
    super(scheduler, start, kind | OBSERVED);
    this.parent = scope;
  }

  @Override
  Task<?> owner() {
    return parent.owner();
  }

  @Override
  void handled() {
    super.handled();
    TaskContinuation here = TaskContinuation.here();
    if (here != null && here.current == owner()) {
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
}
