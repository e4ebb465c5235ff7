package dev.coweave.task;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The frame of a {@code timeout} or a {@code shield}: a body in a cancel scope of its own. */
final class ScopedCall extends OperationFrame {
  static final Operation TIMEOUT = Operation.behind(ScopedCall.class, "Task.timeout");
  static final Operation TIMEOUT_OR = Operation.behind(ScopedCall.class, "Task.timeoutOr");
  static final Operation SHIELD = Operation.behind(ScopedCall.class, "Task.shield");

  private final TaskState<?> task;
  private final CancelScope scope;
  private final @Nullable Duration time;
  private final @Nullable Timer timer;
  private final @Nullable Frame around;

  /** Returned where the time was up, instead of an exception: the only element. */
  private final @Nullable Object @Nullable [] other;

  private ScopedCall(
      Operation operation,
      TaskContinuation c,
      boolean shield,
      @Nullable Duration time,
      @Nullable Object @Nullable [] other) {
    super(operation);
    this.task = c.task();
    this.around = c.within(this);
    this.time = time;
    this.other = other;
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
        new PlainTimer() {
          @Override
          public void fire() {
            scope.expire();
            task.recordCancelled();
            task.cancelWait();
          }
        };
    task.scheduler.schedule(t, nanos);
    return t;
  }

  static <T extends @Nullable Object> T call(
      boolean shield, @Nullable Duration time, CoroutineCallable<T> body, Continuation c) {
    return call(shield ? SHIELD : TIMEOUT, shield, time, null, body, true, c);
  }

  static <T extends @Nullable Object> T callOr(
      Duration time, T other, CoroutineCallable<T> body, Continuation c) {
    return call(TIMEOUT_OR, false, time, new Object[] {other}, body, true, c);
  }

  static void run(boolean shield, @Nullable Duration time, CoroutineRunnable body, Continuation c) {
    call(shield ? SHIELD : TIMEOUT, shield, time, null, body, false, c);
  }

  @SuppressWarnings({"unchecked", "NullAway", "TypeParameterUnusedInFormals"}) // the body's result
  private static <T extends @Nullable Object> T call(
      Operation operation,
      boolean shield,
      @Nullable Duration time,
      @Nullable Object @Nullable [] other,
      Object body,
      boolean returns,
      Continuation c) {
    try {
      if (!(c instanceof TaskContinuation tc)) {
        return (T) Start.call(body, returns, deeper(c)); // It can't wait: nothing to cancel.
      }
      ScopedCall f = new ScopedCall(operation, tc, shield, time, other);
      Object value;
      try {
        value = Start.call(body, returns, deeper(c));
      } catch (Throwable t) {
        return (T) f.failed(t, c);
      }
      if (c.suspended) {
        c.push(f);
      } else {
        f.leave(c);
      }
      return (T) value;
    } catch (Throwable t) {
      Continuation.<RuntimeException>sneakyThrow(t);
      throw new AssertionError(t);
    }
  }

  private static Continuation deeper(Continuation c) {
    c.depth++;
    return c;
  }

  @Override
  public void resume(Continuation c) {
    Object value;
    try {
      value = c.takeRef();
    } catch (Throwable t) {
      c.give(failed(t, c));
      return;
    }
    leave(c);
    c.give(value);
  }

  private void leave(Continuation c) {
    c.within(around);
    // Asked for and not kept: who asks for the task has it looked at, see RoundRobin.
    ((TaskContinuation) c).task().enter(scope.parent);
    if (timer != null) {
      task.scheduler.cancel(timer);
    }
  }

  /** The body failed: returns what the call does then, or throws. */
  private @Nullable Object failed(Throwable failure, Continuation c) {
    leave(c);
    boolean expired = failure instanceof TaskCancelled t && t.origin() == scope;
    if (expired && other != null) {
      return other[0];
    }
    Throwable thrown = failure;
    if (expired) {
      thrown = new TimeoutException("not done within " + time);
      thrown.initCause(failure);
    }
    Continuation.<RuntimeException>sneakyThrow(thrown);
    throw new AssertionError(thrown);
  }

  /** The consumer would run in this scope: none passes. */
  @Override
  protected boolean takesYields() {
    return true;
  }
}
