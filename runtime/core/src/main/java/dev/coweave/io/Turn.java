package dev.coweave.io;

import org.jspecify.annotations.Nullable;

/** The right to use one direction of a stream, which one task has at a time. Thread-safe. */
final class Turn {
  private static final String A_TASK = "another task";

  private final Object stream;
  private final String verb;
  private @Nullable String user;

  /**
   * A right that nobody has.
   *
   * @param stream for messages
   * @param verb what who has it does, such as "reads"
   */
  Turn(Object stream, String verb) {
    this.stream = stream;
    this.verb = verb;
  }

  void take() {
    take(A_TASK);
  }

  /** A stream on top of this one has it from now on. */
  void takeForEver(String by) {
    take(by);
  }

  private synchronized void take(String by) {
    if (user == null) {
      user = by;
      return;
    }
    boolean task = user.equals(A_TASK);
    throw new IllegalStateException(
        user
            + " "
            + verb
            + " already: "
            + stream
            + "\n  because: the bytes of two would mix\n  fix: "
            + (task ? "let one task do it, or take turns with a Mutex" : "use " + user));
  }

  synchronized void leave() {
    user = null;
  }

  synchronized boolean isTaken() {
    return user != null;
  }
}
