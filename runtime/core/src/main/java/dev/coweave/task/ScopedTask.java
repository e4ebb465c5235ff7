package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/** A child of a {@link TaskScope}. */
final class ScopedTask<T extends @Nullable Object> extends Task<T> {
  private final TaskScope parent;

  /** Neighbours in its parent's {@link Children}; guarded as they are. */
  @Nullable ScopedTask<?> elder;

  @Nullable ScopedTask<?> younger;

  ScopedTask(Scheduler scheduler, Start start, int kind, TaskScope scope) {
    super(scheduler, start, kind | OBSERVED);
    this.parent = scope;
  }

  @Override
  Task<?> owner() {
    return parent.owner();
  }

  @Override
  void afterDone() {
    parent.ended(this);
  }
}
