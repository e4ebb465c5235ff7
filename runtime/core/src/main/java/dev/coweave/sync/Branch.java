package dev.coweave.sync;

import org.jspecify.annotations.Nullable;

/** A clause of a select that waits. */
final class Branch {
  final Selection selection;
  private final Clause<?> clause;

  /** The queue in which its {@link Waiter} waits; null for a clause that has none. */
  @Nullable WaitQueue<?> queue;

  Branch(Selection selection, Clause<?> clause) {
    this.selection = selection;
    this.clause = clause;
  }

  /** It has happened, if the select still waits. */
  void happen() {
    if (choose(null, null)) {
      selection.wakeUp();
    }
  }

  /** Ends the select's wait: this is what has happened. {@link Selection#wakeUp} must follow if it did. */
  boolean choose(@Nullable Object value, @Nullable Throwable failure) {
    return selection.choose(new Choice(clause, value, failure));
  }
}
