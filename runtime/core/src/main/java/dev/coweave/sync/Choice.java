package dev.coweave.sync;

import org.jspecify.annotations.Nullable;

/**
 * A record of what has happened: an operation on a channel, or a clause of a select. Made before it happens, and filled by stores alone: once somebody's
 * wait has ended nothing may keep that one from being woken, neither want of memory nor of stack for another call.
 */
final class Choice {
  /** Null outside a select. */
  @Nullable Clause<?> clause;

  /** The operation's result; null if it has none, or if it failed. */
  @Nullable Object value;

  @Nullable Throwable failure;

  /** Whose wait that ended, to be woken; null if nobody's. */
  @Nullable Waiter<?> woken;

  Choice(@Nullable Clause<?> clause, @Nullable Object value, @Nullable Throwable failure) {
    this.clause = clause;
    this.value = value;
    this.failure = failure;
  }
}
