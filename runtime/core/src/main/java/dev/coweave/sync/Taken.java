package dev.coweave.sync;

import org.jspecify.annotations.Nullable;

/** An item that was taken from a channel, and whose wait that ended. */
record Taken<T>(T item, @Nullable Sender<T> sender) {
  T wakingItsSender() {
    if (sender != null) {
      sender.wakeUp();
    }
    return item;
  }
}
