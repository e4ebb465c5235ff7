package dev.coweave.sync;

/** The filter of a receiver that waits has failed: once the lock is released the receiver is told, and the sender tries again. */
final class BrokenFilter extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Runnable telling;

  BrokenFilter(Throwable failure, Runnable telling) {
    super(null, failure, false, false);
    this.telling = telling;
  }

  /** Outside the lock; the receiver is out of its queue. */
  void tell() {
    telling.run();
  }
}
