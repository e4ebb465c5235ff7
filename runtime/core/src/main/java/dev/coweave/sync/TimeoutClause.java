package dev.coweave.sync;

import dev.coweave.CoroutineCallable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.task.PlainTimer;
import dev.coweave.task.Scheduler;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.Timer;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The clause that happens when the others don't for a while. */
final class TimeoutClause<R extends @Nullable Object> extends Clause<R> {
  private final long nanos;
  private final CoroutineCallable<? extends R> handler;

  TimeoutClause(Duration time, CoroutineCallable<? extends R> handler) {
    this.nanos = Timer.nanos(time);
    this.handler = Objects.requireNonNull(handler, "handler");
  }

  @Override
  @Nullable Choice attempt(Continuation c) {
    return null;
  }

  @Override
  @Nullable Choice attemptLast() {
    return nanos <= 0 ? choice(null) : null;
  }

  @Override
  Runnable register(Branch branch, TaskContinuation tc) {
    Scheduler scheduler = tc.scheduler();
    Timer timer =
        new PlainTimer() {
          @Override
          public void fire() {
            branch.happen();
          }
        };
    scheduler.schedule(timer, nanos);
    return () -> scheduler.cancel(timer);
  }

  @Override
  boolean isInternal(TaskContinuation tc) {
    return false;
  }

  @Override
  R happened(@Nullable Object value, Continuation c) throws Exception {
    return call(handler, c);
  }
}
