package dev.coweave.sync;

/** The filter of a receiver that waits has failed: once the lock is released the receiver is told, and the sender tries again. */
final class BrokenFilter extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Receiver<?> receiver;

  BrokenFilter(Receiver<?> receiver, Throwable failure) {
    super(null, failure, false, false);
    this.receiver = receiver;
  }

  /** Outside the lock; the receiver is out of its queue. */
  void tell() {
    Throwable failure = getCause();
    if (failure != null) {
      receiver.refuse(failure);
    }
  }
}
