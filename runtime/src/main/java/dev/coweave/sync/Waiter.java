package dev.coweave.sync;

import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import org.jspecify.annotations.Nullable;

/** A task that waits in a {@link WaitQueue}; only another task can end its wait. */
class Waiter<T extends @Nullable Object> extends Resumption<T> {
  private final WaitQueue<?> queue;
  private final String operation;

  /** Neighbours in the queue; guarded as the queue is. */
  @Nullable Waiter<?> previous;

  @Nullable Waiter<?> next;
  boolean queued;

  Waiter(Task<?> task, WaitQueue<?> queue, String operation) {
    super(task);
    this.queue = queue;
    this.operation = operation;
  }

  @Override
  protected final String operation() {
    return operation;
  }

  /** Ends the wait under the lock; {@link #wakeUp} must follow. */
  final boolean grant(T value) {
    return claim(value);
  }

  /** Ends a wait that gives nothing. */
  @SuppressWarnings("NullAway") // a Void is null
  final boolean grant() {
    return claim(null);
  }

  final void wakeUp() {
    wake();
  }

  @Override
  protected void withdrawn() {
    queue.withdraw(this);
  }

  @Override
  protected boolean isInternal() {
    return true;
  }
}
