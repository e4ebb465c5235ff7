package dev.coweave.sync;

import dev.coweave.task.TaskContinuation;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A wait to receive. */
final class Receiver<T> extends Waiter<T> {
  /** Which items it takes; null for any. */
  private final @Nullable Predicate<? super T> filter;

  Receiver(
      TaskContinuation tc,
      WaitQueue<?> queue,
      @Nullable Predicate<? super T> filter,
      @Nullable Branch branch) {
    super(tc, queue, branch);
    this.filter = filter;
  }

  /**
   * Whether it takes an item.
   *
   * @throws BrokenFilter if its filter fails, which must not be the sender's failure
   */
  boolean takes(T item) {
    if (filter == null) {
      return true;
    }
    try {
      return filter.test(item);
    } catch (Throwable t) {
      throw new BrokenFilter(t, () -> refuse(t));
    }
  }
}
