package dev.coweave.sync;

import dev.coweave.Coroutine;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Stamp;
import dev.coweave.task.PlainCall;
import dev.coweave.task.TaskContinuation;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A flag that tasks wait for. Thread-safe. */
@Stamp(abi = Stamp.ABI)
public final class Signal {
  // Guarded by this.
  private final WaitQueue<Waiter<@Nullable Void>> waiting = new WaitQueue<>(this);
  private boolean set;

  /** A signal that is not set. */
  public Signal() {}

  /** Waits until it is set; returns at once if it is. */
  @Coroutine
  public void await() {
    PlainCall.act("Signal.await", this::await);
  }

  /**
   * The twin of {@link #await()}; not for users.
   *
   * @hidden
   */
  public void await(Continuation c) {
    TaskContinuation tc;
    Waiter<@Nullable Void> w;
    synchronized (this) {
      if (set) {
        return;
      }
      tc = TaskContinuation.toWait(c, "Signal.await");
      w = new Waiter<>(tc.task(), waiting, "Signal.await");
      waiting.add(w);
    }
    tc.suspend(w);
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
    List<Waiter<@Nullable Void>> woken = new ArrayList<>();
    synchronized (this) {
      this.set |= set;
      for (Waiter<@Nullable Void> w = waiting.poll(); w != null; w = waiting.poll()) {
        if (w.grant()) {
          woken.add(w);
        }
      }
    }
    woken.forEach(Waiter::wakeUp);
  }

  /** From now on tasks wait for it again. */
  public synchronized void clear() {
    set = false;
  }

  /** Whether it is set. */
  public synchronized boolean isSet() {
    return set;
  }
}
