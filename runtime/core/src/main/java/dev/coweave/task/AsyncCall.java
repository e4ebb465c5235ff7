package dev.coweave.task;

import dev.coweave.coroutine.Frame;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An async call whose first step runs: what it interrupted, to be as before when the step is over. See {@link TaskContinuation#beginAsync(Function)}. */
final class AsyncCall {
  // Its continuation puts things back itself, field by field: a store can't fail, a call can, where
  // the stack is full.

  /** How many may nest before the next is left to a turn of its own; bounds the Java stack. */
  private static final int MAX_NESTED = 16;

  /** Makes its task. */
  final Function<Scheduler, TaskState<?>> task;

  /** The call whose first step this one interrupted; null for none. */
  final @Nullable AsyncCall outer;

  /** Of the thread that it was called on, if that runs tasks for this call alone. */
  final Object[] place;

  /** The thread's; null where there are none to keep. */
  final @Nullable Contexts contexts;

  final @Nullable Frame inside;
  final int budget;

  /** The task that it interrupted: null also for a call or a plain call around whose task isn't made either. */
  @Nullable TaskState<?> interrupted;

  /** Its task is made: mostly it isn't, for a call that doesn't wait needs none. */
  boolean made;

  /** It is left to a turn of its own. */
  final boolean tooDeep;

  private final int nested;

  AsyncCall(
      TaskContinuation c,
      Function<Scheduler, TaskState<?>> task,
      @Nullable TaskState<?> made,
      Object[] place) {
    this.task = task;
    this.interrupted = c.asyncCall == null && !c.callIsAlone() ? c.current() : c.current;
    this.budget = c.budget;
    this.outer = c.asyncCall;
    this.nested = outer == null ? 1 : outer.nested + 1;
    this.tooDeep = nested > MAX_NESTED;
    this.place = place;
    this.contexts = made == null ? null : made.contexts();
    this.inside = c.within(null);
    this.made = made != null;
  }

  /** Whether this or a call around has interrupted a task. From other threads a guess. */
  boolean hasInterrupted(TaskState<?> t) {
    boolean has = false;
    for (AsyncCall call = this; call != null && !has; call = call.outer) {
      has = call.interrupted == t;
    }
    return has;
  }
}
