package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.Task;
import dev.coweave.task.TaskContinuation;
import org.jspecify.annotations.Nullable;

/**
 * A lock that one task holds at a time, across its waits. It goes from hand to hand in the order in which tasks ask for it; it is
 * not reentrant. Thread-safe.
 *
 * <pre>{@code
 * mutex.lock();
 * try { … } finally { mutex.unlock(); }
 * }</pre>
 */
@Stamp(abi = Stamp.ABI)
public final class Mutex {
  // Guarded by this.
  private final WaitQueue<Locker> waiting = new WaitQueue<>(this);
  private boolean locked;

  /** Who holds it; null while nobody does, or plain code outside tasks. */
  private @Nullable Task<?> owner;

  private static final class Locker extends Waiter<@Nullable Void> {
    final Task<?> task;

    Locker(Task<?> task, WaitQueue<?> queue) {
      super(task, queue, "Mutex.lock");
      this.task = task;
    }
  }

  /** A mutex that nobody holds. */
  public Mutex() {}

  /**
   * Waits until nobody else holds it, and holds it then.
   *
   * @throws IllegalStateException if this task holds it already
   */
  @Coroutine
  public void lock() {
    PlainCall.act("Mutex.lock", this::lock);
  }

  /**
   * The twin of {@link #lock()}; not for users.
   *
   * @hidden
   */
  public void lock(Continuation c) {
    Task<?> me = currentTask(c);
    TaskContinuation tc;
    Locker w;
    synchronized (this) {
      if (take(me)) {
        return;
      }
      if (me != null && owner == me) {
        throw new IllegalStateException(
            "Mutex.lock by the task that holds it: it would wait for itself");
      }
      tc = TaskContinuation.toWait(c, "Mutex.lock");
      w = new Locker(tc.task(), waiting);
      waiting.add(w);
    }
    tc.suspend(w);
  }

  /** Holds it if nobody does. Whether the caller holds it now, and didn't before. */
  public boolean tryLock() {
    Task<?> me = currentTask(null);
    synchronized (this) {
      return take(me);
    }
  }

  private boolean take(@Nullable Task<?> me) {
    if (locked) {
      return false;
    }
    locked = true;
    owner = me;
    return true;
  }

  /**
   * Passes it to the task that waits longest.
   *
   * @throws IllegalStateException if another task holds it, or nobody
   */
  public void unlock() {
    Task<?> me = currentTask(null);
    Locker next;
    synchronized (this) {
      if (!locked) {
        throw new IllegalStateException("Mutex.unlock: nobody holds it");
      }
      // Plain code outside tasks holds it as a task that has ended since: that of its call of lock.
      if (owner != null && owner != me && !owner.isDone()) {
        throw new IllegalStateException("Mutex.unlock by another task than the one that holds it");
      }
      next = waiting.poll();
      while (next != null && !next.grant()) {
        next = waiting.poll();
      }
      locked = next != null;
      owner = next == null ? null : next.task;
    }
    if (next != null) {
      next.wakeUp();
    }
  }

  /** Whether anybody holds it. */
  public synchronized boolean isLocked() {
    return locked;
  }

  private static @Nullable Task<?> currentTask(@Nullable Continuation c) {
    TaskContinuation tc = c instanceof TaskContinuation t ? t : TaskContinuation.here();
    return tc == null ? null : tc.current();
  }
}
