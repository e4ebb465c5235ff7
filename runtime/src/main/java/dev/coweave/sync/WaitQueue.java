package dev.coweave.sync;

import org.jspecify.annotations.Nullable;

/** Waiters, first in, first out; any leaves at no cost when its wait is cancelled. Guarded by a lock that its users hold. */
final class WaitQueue<W extends Waiter<?>> {
  private final Object lock;
  private @Nullable Waiter<?> first;
  private @Nullable Waiter<?> last;

  WaitQueue(Object lock) {
    this.lock = lock;
  }

  boolean isEmpty() {
    return first == null;
  }

  void add(W w) {
    Waiter<?> l = last;
    w.queued = true;
    w.previous = l;
    if (l == null) {
      first = w;
    } else {
      l.next = w;
    }
    last = w;
  }

  /** The first, or null; may have been cancelled just now. */
  @SuppressWarnings("unchecked") // only add() puts something in
  @Nullable W peek() {
    return (W) first;
  }

  /** The one after another that is in, or null. */
  @SuppressWarnings("unchecked") // as above
  @Nullable W after(W w) {
    return (W) w.next;
  }

  /** Takes the first out, or null; it may have been cancelled just now. */
  @Nullable W poll() {
    W w = peek();
    if (w != null) {
      remove(w);
    }
    return w;
  }

  void withdraw(Waiter<?> w) {
    synchronized (lock) {
      remove(w);
    }
  }

  /** Takes one out that may have left. */
  void remove(Waiter<?> w) {
    if (!w.queued) {
      return;
    }
    w.queued = false;
    if (w.previous == null) {
      first = w.next;
    } else {
      w.previous.next = w.next;
    }
    if (w.next == null) {
      last = w.previous;
    } else {
      w.next.previous = w.previous;
    }
    w.previous = null;
    w.next = null;
  }
}
