package dev.coweave.task;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Operation;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The frame of a {@code timeout} or a {@code shield}: a body in a cancel scope of its own. */
final class ScopedCall extends Frame {
  static final Operation TIMEOUT = Operation.behind(ScopedCall.class, "Task.timeout");
  static final Operation TIMEOUT_OR = Operation.behind(ScopedCall.class, "Task.timeoutOr");
  static final Operation SHIELD = Operation.behind(ScopedCall.class, "Task.shield");

  private final TaskState<?> task;
  private final CancelScope scope;
  private final @Nullable Duration time;
  private final @Nullable Timer timer;
  private final @Nullable Frame around;

  /** What is given where the time was up, instead of an exception: the only element. */
  private @Nullable Object @Nullable [] other;

  private ScopedCall(TaskContinuation c, boolean shield, @Nullable Duration time) {
    this.task = c.task();
    this.around = c.within(this);
    this.time = time;
    this.scope = new CancelScope(task.scope(), shield, time != null);
    this.timer = time == null ? null : expiry(time);
    task.enter(scope);
  }

  private @Nullable Timer expiry(Duration time) {
    long nanos = Timer.nanos(time);
    if (nanos <= 0) {
      scope.expire();
      return null;
    }
    Timer t =
        new Timer() {
          @Override
          public void fire() {
            scope.expire();
            task.cancelWait();
          }
        };
    task.scheduler.schedule(t, nanos);
    return t;
  }

  static <T extends @Nullable Object> T call(
      boolean shield, @Nullable Duration time, CoroutineCallable<T> body, Continuation c) {
    try {
      if (!(c instanceof TaskContinuation tc)) {
        return Start.call(body, deeper(c)); // It can't wait, so there is nothing to cancel.
      }
      ScopedCall f = new ScopedCall(tc, shield, time);
      T value;
      try {
        value = Start.call(body, deeper(c));
      } catch (Throwable t) {
        throw f.leave(t, c);
      }
      f.returned(c);
      return value;
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneakyThrow(t);
      throw new AssertionError(t);
    }
  }

  static <T extends @Nullable Object> T callOr(
      Duration time, T other, CoroutineCallable<T> body, Continuation c) {
    try {
      if (!(c instanceof TaskContinuation tc)) {
        return Start.call(body, deeper(c));
      }
      ScopedCall f = new ScopedCall(tc, false, time);
      f.other = new Object[] {other};
      T value;
      try {
        value = Start.call(body, deeper(c));
      } catch (Throwable t) {
        if (f.isExpired(t)) {
          f.leave(c);
          return other;
        }
        throw f.leave(t, c);
      }
      f.returned(c);
      return value;
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneakyThrow(t);
      throw new AssertionError(t);
    }
  }

  static void run(boolean shield, @Nullable Duration time, CoroutineRunnable body, Continuation c) {
    try {
      if (!(c instanceof TaskContinuation tc)) {
        Start.call(body, deeper(c));
        return;
      }
      ScopedCall f = new ScopedCall(tc, shield, time);
      try {
        Start.call(body, deeper(c));
      } catch (Throwable t) {
        throw f.leave(t, c);
      }
      f.returned(c);
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneakyThrow(t);
    }
  }

  private static Continuation deeper(Continuation c) {
    c.depth++;
    return c;
  }

  private void returned(Continuation c) {
    if (c.suspended) {
      c.push(this);
    } else {
      leave(c);
    }
  }

  @Override
  public void resume(Continuation c) {
    Object value;
    try {
      value = c.takeRef();
    } catch (Throwable t) {
      if (other != null && isExpired(t)) {
        leave(c);
        c.give(other[0]);
        return;
      }
      Continuation.<RuntimeException>sneakyThrow(leave(t, c));
      return;
    }
    leave(c);
    c.give(value);
  }

  private void leave(Continuation c) {
    c.within(around);
    task.enter(scope.parent);
    if (timer != null) {
      task.scheduler.cancel(timer);
    }
  }

  private boolean isExpired(Throwable failure) {
    return failure instanceof TaskCancelled t && t.origin() == scope;
  }

  /** The body failed: what the call throws. */
  private Throwable leave(Throwable failure, Continuation c) {
    leave(c);
    if (isExpired(failure)) {
      TimeoutException e = new TimeoutException("not done within " + time);
      e.initCause(failure);
      return e;
    }
    return failure;
  }

  /** The consumer would run in this scope: none passes. */
  @Override
  protected boolean takesYields() {
    return true;
  }

  @Override
  public String trace() {
    Operation operation = scope.shield ? SHIELD : other == null ? TIMEOUT : TIMEOUT_OR;
    return operation.trace();
  }
}
