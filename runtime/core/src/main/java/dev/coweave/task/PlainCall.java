package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Entry;
import dev.coweave.coroutine.JavaStack;
import dev.coweave.coroutine.Operation;
import org.jspecify.annotations.Nullable;

/**
 * How the plain method of a hand-written suspending operation enters its twin; for those who write primitives.
 *
 * @hidden
 */
public final class PlainCall {
  /**
   * A twin with its arguments.
   *
   * @param <T> the result's type
   *
   * @hidden
   */
  @FunctionalInterface
  public interface Twin<T extends @Nullable Object> {
    /** Calls the twin. */
    T call(Continuation c) throws Throwable;
  }

  /**
   * A twin with its arguments that returns nothing.
   *
   * @hidden
   */
  @FunctionalInterface
  public interface VoidTwin {
    /** Calls the twin. */
    void call(Continuation c) throws Throwable;
  }

  private PlainCall() {}

  /**
   * Runs a twin that returns nothing; see {@link #run}.
   *
   * @param operation its name as the user wrote it
   * @param twin what to run
   */
  public static void act(Operation operation, VoidTwin twin) {
    run(operation, returningNull(twin));
  }

  static Twin<@Nullable Void> returningNull(VoidTwin twin) {
    return c -> {
      twin.call(c);
      return TaskContinuation.dummy();
    };
  }

  /**
   * Runs a twin to its end on the calling thread, as woven code does for a plain call of a suspending method.
   *
   * @param operation its name as the user wrote it, such as {@code Task.await}
   * @param twin what to run; it returns null if the operation returns nothing
   * @return its result
   * @throws IllegalStateException if the caller is a coroutine method that was not woven, or the thread can't wait
   */
  @SuppressWarnings({"unchecked", "NullAway"}) // the twin's own null
  public static <T extends @Nullable Object> T run(Operation operation, Twin<T> twin) {
    boolean checked = CallerChecks.isDue();
    if (checked) {
      JavaStack.checkWoven(operation);
    }
    Entry c = Entry.plain();
    if (!checked && c instanceof TaskContinuation tc) {
      tc.looksForCallerWhenItWaits();
    }
    try {
      T result = twin.call(c);
      if (c.suspended) {
        c.complete();
        result = (T) c.takeRef();
      }
      c.leave(null);
      return result;
    } catch (Throwable t) {
      c.leave(t);
      Continuation.<RuntimeException>sneakyThrow(t);
      throw new AssertionError(t);
    }
  }
}
