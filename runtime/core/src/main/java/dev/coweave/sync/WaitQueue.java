package dev.coweave.sync;

import dev.coweave.coroutine.Operation;
import org.jspecify.annotations.Nullable;

/** Waiters, first in, first out; any leaves at no cost when its wait is cancelled. Guarded by a lock that its users hold. */
final class WaitQueue<W extends Waiter<?>> {
  // Whoever ends a wait takes it out under the lock: what is in waits. Except for clauses of a
  // select: the first of them decides, under its own lock, and the others leave when the task goes
  // on. Granting these may fail.

  /** The channel or lock that it belongs to, which guards it. */
  final Object lock;

  /** The operation of its waiters, as the user wrote it. */
  final Operation operation;

  private @Nullable Waiter<?> first;
  private @Nullable Waiter<?> last;
  private int size;

  WaitQueue(Object lock, Operation operation) {
    this.lock = lock;
    this.operation = operation;
  }

  int size() {
    return size;
  }

  void add(W w) {
    Waiter<?> l = last;
    size++;
    w.previous = l;
    if (l == null) {
      first = w;
    } else {
      l.next = w;
    }
    last = w;
  }

  /** The first, or null. */
  @SuppressWarnings("unchecked") // only add() puts something in
  @Nullable W peek() {
    return (W) first;
  }

  /** The one after another that is in, or null. */
  @SuppressWarnings("unchecked") // as above
  @Nullable W after(W w) {
    return (W) w.next;
  }

  /** Ends the wait of the first, takes it out and returns it, to be woken; null if there is none. */
  @SuppressWarnings("NullAway") // for waits that return nothing
  static <W extends Waiter<@Nullable Void>> @Nullable W grantFirst(WaitQueue<W> queue) {
    W w = queue.peek();
    while (w != null && !queue.grant(w, null)) {
      w = queue.peek();
    }
    return w;
  }

  /**
   * Takes one out and ends its wait. Where memory or stack run out in that, it waits on.
   *
   * @return whether its wait was not over; then it is to be woken
   */
  <T extends @Nullable Object> boolean grant(Waiter<T> w, T value) {
    remove(w);
    try {
      return w.grant(value);
    } catch (VirtualMachineError e) {
      putBack(w);
      throw e;
    }
  }

  private void putBack(Waiter<?> w) {
    Waiter<?> f = first;
    size++;
    w.previous = null;
    w.next = f;
    if (f == null) {
      last = w;
    } else {
      f.previous = w;
    }
    first = w;
  }

  /** Takes one out that may have left. */
  void remove(Waiter<?> w) {
    if (!w.isQueued()) {
      return;
    }
    size--;
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
    w.previous = w;
    w.next = null;
  }
}
