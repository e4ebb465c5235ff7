package dev.coweave.sync;

import dev.coweave.task.TaskContinuation;
import org.jspecify.annotations.Nullable;

/** A wait to send. */
final class Sender<T> extends Waiter<@Nullable Void> {
  final T item;

  Sender(TaskContinuation tc, WaitQueue<?> queue, T item, @Nullable Branch branch) {
    super(tc, queue, branch);
    this.item = item;
  }
}
