package dev.coweave.task;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The frame of {@code Retry.call}. */
final class Attempts<T extends @Nullable Object> extends OperationFrame {
  static final Operation OPERATION = Operation.behind(Attempts.class, "Retry.call");

  private static final int TRYING = 1;
  private static final int PAUSING = 2;

  private final Retry retry;
  private final CoroutineCallable<T> body;
  private int attempt = 1;
  private @Nullable Throwable before;

  Attempts(Retry retry, CoroutineCallable<T> body) {
    super(OPERATION);
    this.retry = retry;
    this.body = body;
  }

  /** Tries until that succeeds, waits, or fails for good. */
  T run(Continuation c) {
    int depth = c.depth + 1;
    while (true) {
      T value;
      try {
        c.depth = depth;
        value = Start.call(body, c);
      } catch (Throwable t) {
        pause(t, c);
        if (c.suspended) {
          save(PAUSING, c);
          return TaskContinuation.dummy();
        }
        continue;
      }
      if (c.suspended) {
        save(TRYING, c);
      }
      return value;
    }
  }

  @Override
  public void resume(Continuation c) {
    c.depth = 0;
    if (state == TRYING) {
      Object value;
      try {
        value = c.takeRef();
      } catch (Throwable t) {
        pause(t, c);
        if (c.suspended) {
          save(PAUSING, c);
          return;
        }
        again(c);
        return;
      }
      c.give(value);
    } else {
      c.takeVoid();
      again(c);
    }
  }

  private void again(Continuation c) {
    T value = run(c);
    if (!c.suspended) {
      c.give((Object) value);
    }
  }

  /** Pauses after a failure, or throws it. */
  private void pause(Throwable t, Continuation c) {
    Throwable earlier = before;
    if (earlier != null && earlier != t) {
      t.addSuppressed(earlier);
    }
    if (!retry.again(attempt, t)) {
      Continuation.<RuntimeException>sneakyThrow(t);
    }
    before = t;
    long longest = retry.pauseAfter(attempt++);
    if (longest > 0) {
      Scheduler s = TaskContinuation.toWait(c, OPERATION).task().scheduler;
      double part = s.random(Integer.MAX_VALUE) / (double) Integer.MAX_VALUE;
      Task.sleep(Duration.ofNanos((long) (longest * part)), c);
    }
  }
}
