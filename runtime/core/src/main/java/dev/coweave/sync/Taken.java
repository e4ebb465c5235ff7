package dev.coweave.sync;

import org.jspecify.annotations.Nullable;

/** An item that was taken from a channel, and whose wait that ended. Made before, for then nothing may fail. */
final class Taken<T> {
  private @Nullable T item;
  private @Nullable Sender<T> sender;

  Taken<T> of(T item, @Nullable Sender<T> sender) {
    this.item = item;
    this.sender = sender;
    return this;
  }

  @SuppressWarnings("NullAway") // it was taken
  T item() {
    return item;
  }

  @Nullable Sender<T> sender() {
    return sender;
  }

  T wakingItsSender() {
    if (sender != null) {
      wake(sender);
    }
    return item();
  }

  /** Wakes whose wait has been ended. Where memory or stack run out, a little later: what was done is done. */
  static void wake(Waiter<?> w) {
    try {
      w.wakeUp();
    } catch (VirtualMachineError e) {
      w.wakeLater();
    }
  }
}
