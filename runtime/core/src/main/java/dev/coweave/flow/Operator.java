package dev.coweave.flow;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An async generator that is written by hand, in the shape that the weaver makes of methods, over others that it takes over: however it ends,
 * it closes them.
 */
abstract class Operator<T extends @Nullable Object> extends AsyncGenerator<T> {
  /** At the yield; and fresh, so that closing it closes what it was made of. */
  static final int YIELDED = 1;

  private static final int CLOSING = 2;

  private final Operation operation;
  private List<? extends AsyncGenerator<?>> open;
  private @Nullable Throwable failure;

  Operator(Operation operation, List<? extends AsyncGenerator<?>> sources) {
    this.operation = operation;
    this.open = sources;
    this.coweave$state = YIELDED;
  }

  /**
   * Goes on to the next element.
   *
   * @param at {@link #YIELDED}, or the state in which it stopped: the callee's outcome may be taken
   * @return true when it {@linkplain #yields yields} or {@linkplain #stops stops}, false at the end
   */
  abstract boolean run(int at, Continuation c) throws Exception;

  @Override
  protected final boolean step(Continuation c) {
    int at = coweave$state;
    coweave$state = -1;
    try {
      if (at == CLOSING) {
        c.takeVoid();
      } else {
        if (at == YIELDED) {
          c.takeRef();
        }
        if (run(at, c)) {
          return true;
        }
      }
    } catch (Throwable t) {
      failed(t);
    }
    if (closes(c)) {
      coweave$state = CLOSING;
      return true;
    }
    if (failure != null) {
      Continuation.<RuntimeException>sneakyThrow(failure);
    }
    return coweave$returned(null);
  }

  /**
   * Closes the next of what is open.
   *
   * @return whether that has suspended
   */
  private boolean closes(Continuation c) {
    while (!c.suspended && !open.isEmpty()) {
      AsyncGenerator<?> source = open.get(0);
      open = open.subList(1, open.size());
      try {
        deeper(c);
        close(source, c);
      } catch (Throwable t) {
        failed(t);
      }
    }
    return c.suspended;
  }

  /** Closes a source; may suspend. */
  void close(AsyncGenerator<?> source, Continuation c) {
    source.close(c);
  }

  private void failed(Throwable t) {
    if (failure == null) {
      failure = t;
    } else if (failure != t) {
      failure.addSuppressed(t);
    }
  }

  /** Before a call of what may nest. */
  final Continuation deeper(Continuation c) {
    c.depth = coweave$depth;
    return c;
  }

  final boolean yields(@Nullable Object element) {
    coweave$element = element;
    coweave$state = YIELDED;
    return true;
  }

  /** A callee has suspended. */
  final boolean stops(int at) {
    coweave$state = at;
    return true;
  }

  @Override
  protected void clear() {
    open = List.of();
  }

  @Override
  public final String trace() {
    return operation.trace();
  }
}
