package dev.coweave.sync;

import static dev.coweave.sync.WaitQueue.grantFirst;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.AfterPause;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import org.jspecify.annotations.Nullable;

/**
 * Where a number of tasks wait for each other; may be passed again and again. A task that is cancelled or timed out while it waits has not
 * arrived: the others wait on, for another in its place. Thread-safe.
 */
@Stamp(abi = Stamp.ABI)
public final class Barrier {
  private static final Operation AWAIT = Operation.of(Barrier.class, "await");

  // Guarded by this.
  private final WaitQueue<Waiter<@Nullable Void>> waiting = new WaitQueue<>(this, AWAIT);
  private final int parties;

  /**
   * A barrier.
   *
   * @param parties how many tasks it waits for; positive
   */
  public Barrier(int parties) {
    if (parties <= 0) {
      throw new IllegalArgumentException("number of parties: " + parties);
    }
    this.parties = parties;
  }

  /** Waits until as many tasks as the barrier has parties have arrived, this one included. */
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
    TaskContinuation tc = null;
    Waiter<@Nullable Void> w = null;
    Waiter<?> first = null; // the others, linked by themselves, as in Semaphore.serve
    Waiter<?> last = null;
    try {
      synchronized (this) {
        if (waiting.size() + 1 < parties) {
          tc = TaskContinuation.toWait(c, AWAIT);
          w = new Waiter<>(tc, waiting, null);
          waiting.add(w);
        } else {
          for (var other = grantFirst(waiting); other != null; other = grantFirst(waiting)) {
            if (last == null) {
              first = other;
            } else {
              last.next = other;
            }
            last = other;
          }
        }
      }
    } finally {
      for (Waiter<?> other = first; other != null; other = other.next) {
        try {
          other.wakeUp();
        } catch (VirtualMachineError e) {
          other.wakeLater(); // The operation is done all the same.
        }
      }
    }
    if (tc != null && w != null) {
      tc.suspend(w);
    }
  }

  /** How many wait now. */
  public synchronized int waiting() {
    return waiting.size();
  }

  /** How many tasks it waits for. */
  public int parties() {
    return parties;
  }

  @Override
  public String toString() {
    return "Barrier " + waiting() + "/" + parties;
  }
}
