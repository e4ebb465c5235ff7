package dev.coweave.io;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.task.TaskContinuation;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The frame of an operation that tries, and where it would block waits until it can try again.
 *
 * @param <T> the type of its result
 */
abstract class Attempt<T> extends Frame {
  /** The operation as the user wrote it, such as {@code TcpConnection.read}. */
  final String name;

  Attempt(String name) {
    this.name = name;
  }

  /**
   * Tries without blocking.
   *
   * @return the result; null if it has to wait first
   */
  abstract @Nullable T attempt() throws IOException;

  /** Waits until it may try again, most often for a channel; doesn't wait if it may at once. */
  abstract void await(Continuation c);

  /** Gives the result as the twin returns it. */
  void give(T result, Continuation c) {
    c.give(result);
  }

  /** It begins, after the pause that fairness may ask for; {@link #ended} follows unless this throws. */
  void starting() {}

  /** The operation is over, one way or the other. */
  void ended() {}

  /** Begins the operation in a twin; gives a dummy if it waits. */
  final T begin(Continuation c) {
    if (TaskContinuation.isSpent(c)) {
      return TaskContinuation.pauseBefore(
          c,
          name,
          d -> {
            T result = start(d);
            if (d.suspended) {
              return TaskContinuation.dummy();
            }
            give(result, d);
            return taken(d);
          });
    }
    return start(c);
  }

  private T start(Continuation c) {
    starting();
    return go(c);
  }

  @SuppressWarnings({
    "unchecked",
    "NullAway",
    "TypeParameterUnusedInFormals"
  }) // given as it is taken
  private static <R> R taken(Continuation c) {
    return (R) c.takeRef();
  }

  @SuppressWarnings("NullAway") // never null: it returns a dummy, a result or not at all
  private T go(Continuation c) {
    T result = null;
    try {
      result = attempt();
      while (result == null) {
        await(c);
        if (c.suspended) {
          c.push(this);
          return TaskContinuation.dummy();
        }
        result = attempt();
      }
    } catch (IOException e) {
      Continuation.<RuntimeException>sneak(e);
    } finally {
      if (!c.suspended) {
        ended();
      }
    }
    return result;
  }

  @Override
  public void resume(Continuation c) {
    try {
      c.takeVoid();
    } catch (Throwable t) {
      ended();
      throw t;
    }
    T result = go(c);
    if (!c.suspended) {
      give(result, c);
    }
  }

  @Override
  public String trace() {
    return trace(name);
  }

  /** An operation's line of a stack trace. */
  static String trace(String name) {
    int dot = name.indexOf('.');
    String type = name.substring(0, dot);
    return "dev.coweave.io." + type + "|" + name.substring(dot + 1) + "|" + type + ".java|";
  }
}
