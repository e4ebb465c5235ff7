package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import org.jspecify.annotations.Nullable;

/** A number of permits, which tasks take and give back; who finds none waits. Served first come, first served. Thread-safe. */
@Stamp(abi = Stamp.ABI)
public final class Semaphore {
  // Guarded by this.
  private final WaitQueue<Waiter<@Nullable Void>> waiting = new WaitQueue<>(this);
  private long permits;

  /**
   * A semaphore.
   *
   * @param permits how many it has at first; not negative
   */
  public Semaphore(int permits) {
    if (permits < 0) {
      throw new IllegalArgumentException("negative number of permits: " + permits);
    }
    this.permits = permits;
  }

  /** Takes a permit; waits until there is one. */
  @Coroutine
  public void acquire() {
    PlainCall.act("Semaphore.acquire", this::acquire);
  }

  /**
   * The twin of {@link #acquire()}; not for users.
   *
   * @hidden
   */
  public void acquire(Continuation c) {
    TaskContinuation tc;
    Waiter<@Nullable Void> w;
    synchronized (this) {
      if (tryAcquire()) {
        return;
      }
      tc = TaskContinuation.toWait(c, "Semaphore.acquire");
      w = new Waiter<>(tc.task(), waiting, "Semaphore.acquire");
      waiting.add(w);
    }
    tc.suspend(w);
  }

  /** Takes a permit if there is one. */
  public synchronized boolean tryAcquire() {
    if (permits == 0) {
      return false;
    }
    permits--;
    return true;
  }

  /** Gives a permit back, or adds one. */
  public void release() {
    Waiter<@Nullable Void> next;
    synchronized (this) {
      next = waiting.poll();
      while (next != null && !next.grant()) {
        next = waiting.poll();
      }
      if (next == null) {
        permits++;
      }
    }
    if (next != null) {
      next.wakeUp();
    }
  }

  /** How many permits there are now. */
  public synchronized long available() {
    return permits;
  }
}
