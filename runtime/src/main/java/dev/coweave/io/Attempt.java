package dev.coweave.io;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.loop.Poller;
import dev.coweave.task.TaskContinuation;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/**
 * The frame of an operation on a channel: tries, and where it would block waits until the channel is ready to try again.
 *
 * @param <T> the type of its result
 */
abstract class Attempt<T> extends Frame {
  private final SelectableChannel channel;
  private final String name;

  Attempt(SelectableChannel channel, String name) {
    this.channel = channel;
    this.name = name;
  }

  /**
   * Tries without blocking.
   *
   * @return the result; null if it has to wait until the channel is ready for {@link #operation}
   */
  abstract @Nullable T attempt() throws IOException;

  /** What it waits for, as {@code SelectionKey} names it. */
  abstract int operation();

  /** Gives the result as the twin returns it. */
  void give(T result, Continuation c) {
    c.give(result);
  }

  /** The operation is over, one way or the other. */
  void ended() {}

  /** Begins the operation in a twin; gives a dummy if it waits. */
  final T begin(Continuation c) {
    if (TaskContinuation.isSpent(c)) {
      return TaskContinuation.pauseBefore(
          c,
          name,
          d -> {
            T result = go(d);
            if (d.suspended) {
              return TaskContinuation.dummy();
            }
            give(result, d);
            return taken(d);
          });
    }
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
      if (result == null) {
        Poller.await(channel, operation(), name, c);
        c.push(this);
        return TaskContinuation.dummy();
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
    int dot = name.indexOf('.');
    String type = name.substring(0, dot);
    return "dev.coweave.io." + type + "|" + name.substring(dot + 1) + "|" + type + ".java|";
  }
}
