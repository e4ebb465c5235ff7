package dev.coweave.sync;

import static dev.coweave.sync.WaitQueue.grantFirst;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.AfterPause;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import org.jspecify.annotations.Nullable;

/** A flag that tasks wait for. Thread-safe. */
@Stamp(abi = Stamp.ABI)
public final class Signal {
  private static final Operation AWAIT = Operation.of(Signal.class, "await");

  // Guarded by this.
  private final WaitQueue<Waiter<@Nullable Void>> waiting = new WaitQueue<>(this, AWAIT);
  private boolean set;

  /** A signal that is not set. */
  public Signal() {}

  /** Waits until it is set; returns at once if it is. */
  @Coroutine
  public void await() {
    PlainCall.act(AWAIT, this::await);
  }

  /**
   * The twin of {@link #await()}; not for users.
   *
   * @hidden
   */
  public void await(Continuation c) {
    if (TaskContinuation.isSpent(c)) {
      AfterPause.act(AWAIT, this::await, c);
      return;
    }
    TaskContinuation tc;
    Waiter<@Nullable Void> w;
    synchronized (this) {
      if (set) {
        return;
      }
      tc = TaskContinuation.toWait(c, AWAIT);
      w = enqueue(tc, null);
    }
    tc.suspend(w);
  }

  private Waiter<@Nullable Void> enqueue(TaskContinuation tc, @Nullable Branch branch) {
    Waiter<@Nullable Void> w = new Waiter<>(tc, waiting, branch);
    waiting.add(w);
    return w;
  }

  /**
   * A clause that waits until it is set, or pulsed.
   *
   * @param handler what is done then
   * @param <R> the type of the select's result then
   * @return the clause, for {@link Select#select}
   */
  public <R extends @Nullable Object> Clause<R> onSet(CoroutineCallable<R> handler) {
    return new LockClause<>(this, c -> set, this::enqueue, handler);
  }

  /** Sets it: all that wait go on, and nobody waits until it is {@linkplain #clear cleared}. */
  public void set() {
    wake(true);
  }

  /** Lets all that wait now go on, without setting it. */
  public void pulse() {
    wake(false);
  }

  private void wake(boolean set) {
    Waiter<?> first = null; // linked by themselves, as in Semaphore.serve
    Waiter<?> last = null;
    try {
      synchronized (this) {
        this.set |= set;
        for (var w = grantFirst(waiting); w != null; w = grantFirst(waiting)) {
          if (last == null) {
            first = w;
          } else {
            last.next = w;
          }
          last = w;
        }
      }
    } finally {
      for (Waiter<?> w = first; w != null; w = w.next) {
        try {
          w.wakeUp();
        } catch (VirtualMachineError e) {
          w.wakeLater(); // The operation is done all the same.
        }
      }
    }
  }

  /** From now on tasks wait for it again. */
  public synchronized void clear() {
    set = false;
  }

  /** Whether it is set. */
  public synchronized boolean isSet() {
    return set;
  }

  @Override
  public synchronized String toString() {
    return "Signal" + (set ? " set" : "");
  }
}
