package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/**
 * A part of a task's run that is cancelled on its own, or that the cancellation of what is around it doesn't reach. Linked from
 * the innermost outwards; entered and left by the task's turns, {@linkplain #expire cancelled} from any thread.
 */
final class CancelScope {
  final @Nullable CancelScope parent;

  /** Cancellation from outside doesn't get in. */
  final boolean shield;

  /** It expires by itself. */
  final boolean timed;

  private volatile boolean expired;

  CancelScope(@Nullable CancelScope parent, boolean shield, boolean timed) {
    this.parent = parent;
    this.shield = shield;
    this.timed = timed;
  }

  boolean isExpired() {
    return expired;
  }

  void expire() {
    expired = true;
  }
}
