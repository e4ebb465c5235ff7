package dev.coweave.flow;

import dev.coweave.CoroutineConsumer;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import dev.coweave.coroutine.Woven;
import org.jspecify.annotations.Nullable;

/** The frame of {@code AsyncGenerator.forEach}. */
final class ForEach<T extends @Nullable Object> extends OperationFrame {
  static final Operation OPERATION = Operation.behind(ForEach.class, "AsyncGenerator.forEach");

  private static final int ASKING = 1;
  private static final int IN_BODY = 2;
  private static final int CLOSING = 3;

  private final AsyncGenerator<T> source;
  private final CoroutineConsumer<? super T> body;
  private final boolean woven;

  /** Thrown by the body. */
  private @Nullable Throwable failure;

  ForEach(AsyncGenerator<T> source, CoroutineConsumer<? super T> body) {
    super(OPERATION);
    this.source = source;
    this.body = body;
    this.woven = Woven.is(body);
  }

  /** Asks and calls until the generator has ended, or either waits. */
  void run(Continuation c) {
    run(c.depth + 1, c);
  }

  private void run(int depth, Continuation c) {
    while (true) {
      c.depth = depth;
      boolean more = source.hasNext(c);
      if (c.suspended) {
        save(ASKING, c);
        return;
      }
      if (!more || !call(depth, c)) {
        return;
      }
    }
  }

  @Override
  public void resume(Continuation c) {
    switch (state) {
      case ASKING -> {
        if (c.takeInt() != 0 && call(1, c)) {
          run(1, c);
        }
      }
      case IN_BODY -> {
        try {
          c.takeVoid();
        } catch (Throwable t) {
          close(t, c);
          return;
        }
        run(1, c);
      }
      default -> closed(c);
    }
  }

  /** Whether the body has returned. */
  private boolean call(int depth, Continuation c) {
    try {
      T element = source.next(c);
      if (woven) {
        c.depth = depth;
        body.accept(element, c);
      } else {
        body.accept(element);
      }
    } catch (Throwable t) {
      close(t, c);
      return false;
    }
    if (c.suspended) {
      save(IN_BODY, c);
    }
    return !c.suspended;
  }

  private void close(Throwable t, Continuation c) {
    failure = t;
    c.depth = 1;
    try {
      source.close(c);
    } catch (Throwable u) {
      if (u != t) {
        t.addSuppressed(u);
      }
    }
    if (c.suspended) {
      save(CLOSING, c);
    } else {
      Continuation.<RuntimeException>sneakyThrow(t);
    }
  }

  private void closed(Continuation c) {
    try {
      c.takeVoid();
    } catch (Throwable u) {
      if (failure != null && u != failure) {
        failure.addSuppressed(u);
      }
    }
    Continuation.<RuntimeException>sneakyThrow(failure);
  }
}
