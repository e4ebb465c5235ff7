package dev.coweave.sync;

import dev.coweave.coroutine.Operation;
import dev.coweave.task.Resumption;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskState;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A task that waits in a {@link WaitQueue}; only another task can end its wait. Or one place of a {@link Selection}, which waits in
 * several queues: then the wait that is ended is that.
 */
class Waiter<T extends @Nullable Object> extends Resumption<T> {
  /** The queue; or the clause of a select that waits here, which knows it. There may be a million waiters: a field more would make 8 bytes. */
  private final Object place;

  /** Neighbours in the queue; itself while it is in none. Guarded as the queue is. */
  @Nullable Waiter<?> previous = this;

  @Nullable Waiter<?> next;

  Waiter(TaskContinuation tc, WaitQueue<?> queue, @Nullable Branch branch) {
    super(tc.task());
    if (branch == null) {
      this.place = queue;
    } else {
      branch.queue = queue;
      this.place = branch;
    }
  }

  private WaitQueue<?> queue() {
    return place instanceof Branch b ? Objects.requireNonNull(b.queue) : (WaitQueue<?>) place;
  }

  /** Ends the wait under the lock; {@link #wakeUp} must follow outside. False if a select has chosen another clause. */
  final boolean grant(T value) {
    return place instanceof Branch b ? b.choose(value, null) : claim(value);
  }

  final void wakeUp() {
    Resumption<?> wait = place instanceof Branch b ? b.selection : this;
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
    if (!(place instanceof Branch b)) {
      fail(failure);
    } else if (b.choose(null, failure)) {
      b.selection.wakeUp();
    }
  }

  final boolean isQueued() {
    return previous != this;
  }

  /** Whether it belongs to a select that has chosen another clause. */
  final boolean isStale() {
    return place instanceof Branch b && b.selection.isDone();
  }

  /** The select that this is a place of goes on. */
  final void leave() {
    WaitQueue<?> queue = queue();
    synchronized (queue.lock) {
      queue.remove(this);
    }
    withdrawn();
  }

  @Override
  protected final boolean withdraw(BooleanSupplier decision) {
    WaitQueue<?> queue = queue();
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
    return queue().operation;
  }

  @Override
  protected final Object subject() {
    return queue().lock;
  }

  /** A name for what is waited for, and who holds it. */
  static String nameOfHeld(Object o) {
    if (!(o instanceof Owned lock)) {
      return nameOf(o);
    }
    TaskState<?> holder = lock.owner();
    return nameOf(lock)
        + (holder == null
            ? (lock.isLocked() ? " held by plain code" : "")
            : " held by "
                + nameOf(holder)
                + (holder.isDone() ? ", which has ended without unlocking it" : ""));
  }

  @Override
  protected final boolean isInternal() {
    return true;
  }
}
