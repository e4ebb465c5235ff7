package dev.coweave.sync;

import org.jspecify.annotations.Nullable;

/** A clause of a select that waits. */
record Branch(Selection selection, Clause<?> clause) {
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
