package dev.coweave.io;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** The right to use one direction of a stream, which one task has at a time. Thread-safe. */
final class Exclusive {
  private static final String A_TASK = "another task";
  private static final VarHandle USER;

  static {
    try {
      USER = MethodHandles.lookup().findVarHandle(Exclusive.class, "user", String.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Object stream;
  private final String verb;

  /** Who has it. Whoever gives it back sets it to null: a store can't fail, as a call can where the stack is full. */
  volatile @Nullable String user;

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

  /** A task has it until it gives it back. */
  void take() {
    takeForEver(A_TASK);
  }

  /** A stream on top of this one has it from now on. */
  void takeForEver(String by) {
    String before = (String) USER.compareAndExchange(this, null, by);
    if (before != null) {
      throw new IllegalStateException(
          before
              + " "
              + verb
              + " already: "
              + stream
              + "\n  because: the bytes of two would mix\n  fix: "
              + (before.equals(A_TASK)
                  ? "let one task do it, or take turns with a Mutex"
                  : "use " + before));
    }
  }
}
