package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.AfterPause;
import dev.coweave.task.PlainCall;
import dev.coweave.task.Task;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A lock that one task holds at a time, across its waits. It goes from hand to hand in the order in which tasks ask for it; it is
 * not reentrant. Thread-safe.
 *
 * <pre>{@code
 * try (Held held = mutex.hold()) { … }
 * }</pre>
 */
@Stamp(abi = Stamp.ABI)
public final class Mutex implements Owned {
  private static final Operation LOCK = Operation.of(Mutex.class, "lock");
  private static final Operation HOLD = Operation.of(Mutex.class, "hold");

  // Guarded by this.
  private final WaitQueue<Locker> waiting = new WaitQueue<>(this, LOCK);
  private final Held held = this::unlock;
  private boolean locked;

  /** The task that holds it; null while none does, or plain code outside tasks. */
  private @Nullable TaskState<?> owner;

  /** A wait to hold it. */
  private static final class Locker extends Waiter<Held> {
    /** Who holds it then; null for plain code. */
    final @Nullable TaskState<?> task;

    Locker(
        TaskContinuation tc,
        WaitQueue<?> queue,
        @Nullable TaskState<?> task,
        @Nullable Branch branch) {
      super(tc, queue, branch);
      this.task = task;
    }

    @Override
    protected List<TaskState<?>> blockers() {
      TaskState<?> holder = ((Mutex) subject()).owner();
      return holder == null ? List.of() : List.of(holder);
    }

    @Override
    protected String described() {
      return nameOfHeld(subject());
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
    PlainCall.run(LOCK, c -> lock(LOCK, c, outermost(c)));
  }

  /**
   * The twin of {@link #lock()}; not for users.
   *
   * @hidden
   */
  public void lock(Continuation c) {
    Held unused = lock(LOCK, c, currentTask(c));
  }

  /**
   * Waits until nobody else holds it, and holds it until the result is closed.
   *
   * @return what {@linkplain #unlock unlocks} it
   * @throws IllegalStateException if this task holds it already
   */
  @Coroutine
  public Held hold() {
    return PlainCall.run(HOLD, c -> lock(HOLD, c, outermost(c)));
  }

  /**
   * The twin of {@link #hold()}; not for users.
   *
   * @hidden
   */
  public Held hold(Continuation c) {
    return lock(HOLD, c, currentTask(c));
  }

  private Held lock(Operation operation, Continuation c, @Nullable TaskState<?> me) {
    if (TaskContinuation.isSpent(c)) {
      return AfterPause.run(operation, d -> lock(operation, d, me), c);
    }
    TaskContinuation tc;
    Locker w;
    synchronized (this) {
      if (takeUnlessMine(me)) {
        return held;
      }
      tc = TaskContinuation.toWait(c, LOCK);
      w = enqueue(tc, me, null);
    }
    return tc.suspend(w);
  }

  private Locker enqueue(TaskContinuation tc, @Nullable TaskState<?> me, @Nullable Branch branch) {
    Locker w = new Locker(tc, waiting, me, branch);
    waiting.add(w);
    return w;
  }

  private boolean takeUnlessMine(@Nullable TaskState<?> me) {
    if (take(me)) {
      return true;
    }
    if (me != null && owner == me) {
      throw new IllegalStateException(
          "Mutex.lock by the task that holds it: it would wait for itself");
    }
    return false;
  }

  /**
   * A clause that waits until nobody else holds it, and holds it then.
   *
   * @param handler what is done then; it, or whoever called the select, {@linkplain #unlock unlocks}
   * @param <R> the type of the select's result then
   * @return the clause, for {@link Select#select}
   */
  public <R extends @Nullable Object> Clause<R> onLock(CoroutineCallable<R> handler) {
    return new LockClause<>(
        this,
        c -> takeUnlessMine(currentTask(c)),
        (tc, branch) -> enqueue(tc, tc.task(), branch),
        handler);
  }

  /** Holds it if nobody does. Whether the caller holds it now, and didn't before. */
  public boolean tryLock() {
    TaskState<?> me = currentTask(null);
    synchronized (this) {
      return take(me);
    }
  }

  private boolean take(@Nullable TaskState<?> me) {
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
    TaskState<?> me = currentTask(null);
    Locker next;
    synchronized (this) {
      if (!locked) {
        throw new IllegalStateException("Mutex.unlock: nobody holds it");
      }
      // Plain code outside tasks may hold it as a task that has ended since: that of its select.
      if (owner != null && owner != me && !owner.isDone()) {
        throw new IllegalStateException("Mutex.unlock by another task than the one that holds it");
      }
      next = waiting.peek();
      while (next != null && !waiting.grant(next, held)) {
        next = waiting.peek();
      }
      locked = next != null;
      owner = next == null ? null : next.task;
    }
    if (next != null) {
      try {
        next.wakeUp();
      } catch (VirtualMachineError e) {
        next.wakeLater(); // The operation is done all the same.
      }
    }
  }

  /** Whether anybody holds it. */
  @Override
  public synchronized boolean isLocked() {
    return locked;
  }

  /** The task that holds it; null if nobody does, or plain code outside tasks. */
  @Override
  public synchronized @Nullable Task<?> owner() {
    return (Task<?>) owner;
  }

  @Override
  public synchronized String toString() {
    return "Mutex" + (locked ? " held by " + (owner == null ? "plain code" : owner) : "");
  }

  /** Who holds it by a plain call: plain code, if there is no task but the call's own, which ends before the lock is given back. */
  private static @Nullable TaskState<?> outermost(Continuation c) {
    return c instanceof TaskContinuation ? null : currentTask(c);
  }

  private static @Nullable TaskState<?> currentTask(@Nullable Continuation c) {
    TaskContinuation tc = c instanceof TaskContinuation t ? t : TaskContinuation.here();
    return tc == null ? null : tc.current();
  }
}
