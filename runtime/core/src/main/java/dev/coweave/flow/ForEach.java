package dev.coweave.flow;

import dev.coweave.CoroutineConsumer;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Woven;
import org.jspecify.annotations.Nullable;

/** The frame of {@code AsyncGenerator.forEach}. */
final class ForEach<T extends @Nullable Object> extends Frame {
  private static final int ASKING = 1;
  private static final int IN_BODY = 2;
  private static final int CLOSING = 3;

  private final AsyncGenerator<T> source;
  private final CoroutineConsumer<? super T> body;

  /** What the body threw. */
  private @Nullable Throwable failure;

  ForEach(AsyncGenerator<T> source, CoroutineConsumer<? super T> body) {
    this.source = source;
    this.body = body;
  }

  /** Asks and calls until the generator has ended, or either waits. */
  void run(Continuation c) {
    int depth = c.depth + 1;
    while (true) {
      c.depth = depth;
      boolean more = source.hasNext(c);
      if (c.suspended) {
        save(ASKING, c);
        return;
      }
      if (!more || !call(c)) {
        return;
      }
    }
  }

  @Override
  public void resume(Continuation c) {
    c.depth = 0;
    switch (state) {
      case ASKING -> {
        if (c.takeInt() != 0 && call(c)) {
          run(c);
        }
      }
      case IN_BODY -> {
        try {
          c.takeVoid();
        } catch (Throwable t) {
          close(t, c);
          return;
        }
        run(c);
      }
      default -> closed(c);
    }
  }

  /** Whether the body has returned. */
  private boolean call(Continuation c) {
    try {
      T element = source.next(c);
      int depth = c.depth;
      accept(body, element, depth, c);
      c.depth = depth - 1;
    } catch (Throwable t) {
      close(t, c);
      return false;
    }
    if (c.suspended) {
      save(IN_BODY, c);
    }
    return !c.suspended;
  }

  private static <T extends @Nullable Object> void accept(
      CoroutineConsumer<? super T> body, T element, int depth, Continuation c) throws Exception {
    if (Woven.is(body)) {
      c.depth = depth;
      body.accept(element, c);
    } else {
      body.accept(element);
    }
  }

  private void close(Throwable t, Continuation c) {
    failure = t;
    c.depth = 1;
    try {
      source.close(c);
    } catch (Throwable u) {
      t.addSuppressed(u);
    }
    if (c.suspended) {
      save(CLOSING, c);
    } else {
      Continuation.<RuntimeException>sneak(t);
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
    Continuation.<RuntimeException>sneak(failure);
  }

  private void save(int at, Continuation c) {
    state = at;
    c.push(this);
  }

  @Override
  public String trace() {
    return "dev.coweave.flow.AsyncGenerator|forEach|AsyncGenerator.java|";
  }
}
