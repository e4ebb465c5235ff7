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
}
