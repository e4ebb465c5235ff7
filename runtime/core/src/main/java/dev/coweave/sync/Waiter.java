package dev.coweave.sync;

import dev.coweave.coroutine.Operation;
import dev.coweave.task.Resumption;
import dev.coweave.task.TaskContinuation;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A task that waits in a {@link WaitQueue}; only another task can end its wait. Or one place of a {@link Selection}, which waits in
 * several queues: then the wait that is ended is that.
 */
class Waiter<T extends @Nullable Object> extends Resumption<T> {
  private final WaitQueue<?> queue;

  /** The clause of a select that waits here, or null. */
  private final @Nullable Branch branch;

  /** Neighbours in the queue; itself while it is in none. Guarded as the queue is. */
  @Nullable Waiter<?> previous = this;

  @Nullable Waiter<?> next;

  Waiter(TaskContinuation tc, WaitQueue<?> queue, @Nullable Branch branch) {
    super(tc.task());
    this.queue = queue;
    this.branch = branch;
  }

  /** Ends the wait under the lock; {@link #wakeUp} must follow outside. False if a select has chosen another clause. */
  final boolean grant(T value) {
    return branch == null ? claim(value) : branch.choose(value, null);
  }

  final void wakeUp() {
    Resumption<?> wait = branch == null ? this : branch.selection();
    try {
      if (wait == this) {
        wake();
      } else {
        ((Selection) wait).wakeUp();
      }
    } catch (VirtualMachineError e) {
      wait.wakeLater();
    }
  }

  /** Ends the wait with a failure, outside the lock; it is out of the queue. */
  final void refuse(Throwable failure) {
    if (branch == null) {
      fail(failure);
    } else if (branch.choose(null, failure)) {
      branch.selection().wakeUp();
    }
  }

  final boolean isQueued() {
    return previous != this;
  }

  /** Whether it belongs to a select that has chosen another clause. */
  final boolean isStale() {
    return branch != null && branch.selection().isDone();
  }

  /** The select that this is a place of goes on. */
  final void leave() {
    synchronized (queue.lock) {
      queue.remove(this);
    }
    withdrawn();
  }

  @Override
  protected final boolean withdraw(BooleanSupplier decision) {
    synchronized (queue.lock) {
      if (!decision.getAsBoolean()) {
        return false;
      }
      queue.remove(this);
    }
    withdrawn();
    return true;
  }

  @Override
  protected final Operation operation() {
    return queue.operation;
  }

  @Override
  protected final Object subject() {
    return queue.lock;
  }

  @Override
  protected final boolean isInternal() {
    return true;
  }
}
