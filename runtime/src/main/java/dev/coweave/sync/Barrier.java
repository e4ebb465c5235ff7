package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a number of tasks wait for each other; may be passed again and again. A task that is cancelled or timed out while it waits has not
 * arrived: the others wait on, for another in its place. Thread-safe.
 */
@Stamp(abi = Stamp.ABI)
public final class Barrier {
  // Guarded by this.
  private final WaitQueue<Waiter<@Nullable Void>> waiting = new WaitQueue<>(this);
  private final int parties;
  private int arrived;

  /** A wait at the barrier. */
  private final class Arrival extends Waiter<@Nullable Void> {
    Arrival(TaskContinuation tc) {
      super(tc.task(), waiting, "Barrier.await");
    }

    @Override
    protected void withdrawn() {
      synchronized (Barrier.this) {
        if (queued) { // else the last arrived just before the cancellation did, and counted it
          arrived--;
          super.withdrawn();
        }
      }
    }
  }

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
    PlainCall.act("Barrier.await", this::await);
  }

  /**
   * The twin of {@link #await()}; not for users.
   *
   * @hidden
   */
  public void await(Continuation c) {
    List<Waiter<@Nullable Void>> all = new ArrayList<>();
    TaskContinuation tc = null;
    Arrival w = null;
    synchronized (this) {
      if (arrived + 1 < parties) {
        tc = TaskContinuation.toWait(c, "Barrier.await");
        w = new Arrival(tc);
        waiting.add(w);
        arrived++;
      } else {
        arrived = 0;
        for (Waiter<@Nullable Void> a = waiting.poll(); a != null; a = waiting.poll()) {
          if (a.grant()) {
            all.add(a);
          }
        }
      }
    }
    if (tc != null && w != null) {
      tc.suspend(w);
    } else {
      all.forEach(Waiter::wakeUp);
    }
  }

  /** How many wait now. */
  public synchronized int waiting() {
    return arrived;
  }

  /** How many tasks it waits for. */
  public int parties() {
    return parties;
  }
}
