package dev.coweave.task;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The frame of {@code Retry.call}. */
final class Attempts<T extends @Nullable Object> extends OperationFrame {
  static final Operation OPERATION = Operation.behind(Attempts.class, "Retry.call");

  private static final int TRYING = 1;
  private static final int PAUSING = 2;

  private static final int MOST_KEPT = 16;

  private final Retry retry;
  private final CoroutineCallable<T> body;
  private int attempt = 1;

  /** Failures before, the latest first. Not all: it may be tried for ever. */
  private final List<Throwable> earlier = new ArrayList<>(0);

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
    earlier.remove(t); // thrown again
    if (!retry.again(attempt, t)) {
      earlier.forEach(t::addSuppressed);
      Continuation.<RuntimeException>sneakyThrow(t);
    }
    if (earlier.size() == MOST_KEPT) {
      earlier.remove(MOST_KEPT - 1);
    }
    earlier.add(0, t);
    long longest = retry.pauseAfter(attempt++);
    if (longest > 0) {
      Scheduler s = TaskContinuation.toWait(c, OPERATION).task().scheduler;
      double part = s.random(Integer.MAX_VALUE) / (double) Integer.MAX_VALUE;
      Task.sleep(Duration.ofNanos((long) (longest * part)), c);
    } else if (TaskContinuation.isSpent(c)) {
      AfterPause.act(OPERATION, d -> {}, c);
    }
  }
}
