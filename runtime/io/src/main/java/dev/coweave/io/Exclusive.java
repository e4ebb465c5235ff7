package dev.coweave.io;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** The right to use one direction of a stream, which one task has at a time. Thread-safe. */
final class Exclusive extends AtomicReference<@Nullable String> {
  private static final long serialVersionUID = 1;
  private static final String A_TASK = "another task";

  private final transient Object stream;
  private final String verb;

  /**
   * A right that nobody has.
   *
   * @param stream for messages
   * @param verb what who has it does, such as "reads"
   */
  Exclusive(Object stream, String verb) {
    this.stream = stream;
    this.verb = verb;
  }

  /** A task has it until it {@linkplain #leave leaves}. */
  void take() {
    takeForEver(A_TASK);
  }

  /** A stream on top of this one has it from now on. */
  void takeForEver(String by) {
    String user = compareAndExchange(null, by);
    if (user != null) {
      throw new IllegalStateException(
          user
              + " "
              + verb
              + " already: "
              + stream
              + "\n  because: the bytes of two would mix\n  fix: "
              + (user.equals(A_TASK)
                  ? "let one task do it, or take turns with a Mutex"
                  : "use " + user));
    }
  }

  void leave() {
    set(null);
  }

  boolean isTaken() {
    return get() != null;
  }
}
