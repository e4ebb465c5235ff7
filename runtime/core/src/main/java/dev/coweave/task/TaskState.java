package dev.coweave.task;

import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.PlainFrames;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** How a task lives: its parking, its cancellation, its end. */
abstract class TaskState<T extends @Nullable Object> extends TaskFuture<T> {
  // What belongs here: the outcome and the little that a parked task must keep. Each field counts:
  // there may be a million
  // tasks. What only a running task needs is in TaskContinuation, what few tasks need in
  // TaskDetails.
  //
  //              start        turn                  a wait                       the body ends
  //   (new) ──► READY ─────► RUNNING ──────────────► PARKED ── resumed ──► READY      │
  //   leaf = Start                                   leaf = frames, waiting = wait    ▼
  //                             └───────────────────────────────────────────────► ENDED: isDone()

  static final int STARTED = 1;
  private static final int CANCELLED = 2;
  static final int GIVES_NOTHING = 4;
  static final int ASYNC_CALL = 8;
  private static final int SPURIOUS_TURN = 16;
  private static final int OUTCOME_REQUESTED = 32;
  private static final int ENDED = 64;
  static final int OBSERVED = 128;
  private static final int MAY_NOT_WAIT = 256;
  static final int PLAIN_CALL = 512;

  /** How many calls are shown at most. */
  private static final int MAX_STACK = 1024;

  private static final VarHandle FLAGS;
  private static final VarHandle WAITING;
  private static final VarHandle DETAILS;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      FLAGS = lookup.findVarHandle(TaskState.class, "flags", int.class);
      WAITING = lookup.findVarHandle(TaskState.class, "waiting", Resumption.class);
      DETAILS = lookup.findVarHandle(TaskState.class, "details", TaskDetails.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Scheduler scheduler;

  /**
   * The innermost frame while parked, or null for a body whose last call is the wait. Out of date while it runs: the frame that
   * is resumed mostly is the one to be parked again.
   */
  private @Nullable Frame leaf;

  /** What it waits for; null while it runs or pauses. */
  private volatile @Nullable Resumption<?> waiting;

  private volatile int flags;

  volatile @Nullable TaskDetails details;

  /** Neighbours in the {@link TaskList} of its scheduler. */
  @Nullable Task<?> previous;

  @Nullable Task<?> next;

  TaskState(Scheduler scheduler, @Nullable Frame start, int kind) {
    this.scheduler = scheduler;
    this.leaf = start;
    this.flags = kind;
  }

  /** Begins with a name, if it was given one, the locals of the task that makes this one, and the contexts of its thread. */
  final void inherit(@Nullable String name) {
    TaskContinuation here = TaskContinuation.here();
    Task<?> parent = here == null ? null : here.current;
    TaskDetails its = parent == null ? null : parent.detailsIfAny();
    Locals locals = its == null ? null : its.locals;
    Contexts contexts = Contexts.ofThread();
    if (name != null || locals != null || contexts != null) {
      details = new TaskDetails(name, locals, contexts);
    }
  }

  // ---- cancellation

  @Override
  final boolean request(TaskDetails.@Nullable Requested outcome) {
    if (outcome != null && (isDone() || !details().request(outcome))) {
      return false;
    }
    if (!setFlag(outcome == null ? CANCELLED : CANCELLED | OUTCOME_REQUESTED)) {
      return false;
    }
    cancelWait();
    return true;
  }

  /** Sets flags unless the body has ended. */
  private boolean setFlag(int flag) {
    while (true) {
      int f = flags;
      if ((f & ENDED) != 0) {
        return false;
      }
      if (FLAGS.compareAndSet(this, f, f | flag)) {
        return true;
      }
    }
  }

  /** The task or a scope of it was cancelled: ends the wait that it is in, if the cancellation reaches it. Any thread. */
  final void cancelWait() {
    scheduler.contend();
    Resumption<?> w = waiting;
    // If w is still undecided when it is cancelled, then the task was parked in it all the time, so
    // the scope read is w's.
    if (w != null && isCancelPending()) {
      w.cancel();
    }
  }

  /** The innermost cancel scope that its run is in. */
  final @Nullable CancelScope scope() {
    TaskDetails d = details;
    return d == null ? null : d.scope;
  }

  /** Its run enters a cancel scope, or leaves for the one around. By its own turns only. */
  final void enter(@Nullable CancelScope scope) {
    if (scope != null || details != null) {
      details().scope = scope;
    }
  }

  /** Whether its waits throw {@link TaskCancelled}. */
  final boolean isCancelPending() {
    for (CancelScope s = scope(); s != null; s = s.parent) {
      if (s.isExpired()) {
        return true;
      }
      if (s.shield) {
        return false;
      }
    }
    return (flags & CANCELLED) != 0;
  }

  final void checkMayWait(String operation) {
    int f = flags;
    if ((f & MAY_NOT_WAIT) != 0) {
      throw PlainFrames.wouldBlock(operation, "a generator's body");
    }
    if ((details != null || (f & CANCELLED) != 0) && isCancelPending()) {
      throw cancellation();
    }
  }

  /** It is a plain call in a generator's body: its wait fails, and each later one does. */
  final void mayNotWait() {
    setFlag(MAY_NOT_WAIT);
    Resumption<?> w = waiting;
    if (w != null) {
      w.refuse(PlainFrames.wouldBlock(w.operation(), "a generator's body"));
    }
  }

  /** What a wait of the cancelled task throws: the outermost cancellation that reaches it. */
  final TaskCancelled cancellation() {
    CancelScope origin = null;
    for (CancelScope s = scope(); s != null; s = s.parent) {
      if (s.isExpired()) {
        origin = s;
      }
      if (s.shield) {
        return new TaskCancelled("the time was up", origin);
      }
    }
    return (flags & CANCELLED) != 0
        ? new TaskCancelled(label() + " was cancelled", null)
        : new TaskCancelled("the time was up", origin);
  }

  // ---- async generators

  /** What its calls are inside of is kept while it is parked. */
  final void keepInside(@Nullable Frame boundary) {
    TaskDetails d = details;
    if (d != null || boundary != null) {
      d = details();
      if (d.inside != boundary) {
        d.inside = boundary;
      }
    }
  }

  final @Nullable Frame inside() {
    TaskDetails d = details;
    return d == null ? null : d.inside;
  }

  // ---- open scopes

  final void opened() {
    details().scopes++;
  }

  final void closed() {
    TaskDetails d = details();
    if (--d.scopes == 0) {
      d.given = null;
    }
  }

  /** A wait of its body throws another's failure: a scope that it leaves by that must not throw it once more. */
  final void isGiven(Throwable failure) {
    TaskDetails d = details;
    if (d != null && d.scopes > 0) {
      d.given = failure;
    }
  }

  final boolean wasGiven(Throwable failure) {
    return details().given == failure;
  }

  // ---- turns, called by TaskContinuation

  final void waitFor(Resumption<?> w) {
    waiting =
        w; // Volatile, before the flags are read: whoever cancels sets them first and looks here
    // then.
    if ((details != null || (flags & CANCELLED) != 0) && isCancelPending()) {
      w.cancel();
    }
  }

  final @Nullable Resumption<?> waitsFor() {
    return waiting;
  }

  /** Begins a turn: gives the continuation the outcome of the wait. */
  final @Nullable Frame unpark(TaskContinuation c) {
    Frame f = leaf;
    Resumption<?> w = (Resumption<?>) WAITING.get(this);
    if (w != null) {
      WAITING.set(this, null);
      w.deliver(self(), f, c);
    } else if ((flags & (STARTED | CANCELLED)) != STARTED || details != null) {
      afterPause(c);
    }
    return f;
  }

  private void afterPause(TaskContinuation c) {
    if ((flags & STARTED) == 0) {
      setFlag(STARTED);
    } else if (isCancelPending()) {
      c.fail(cancellation());
    }
  }

  /** Whether it is the body of an outermost plain call. */
  final boolean isPlainCall() {
    return (flags & PLAIN_CALL) != 0;
  }

  final boolean hasStarted() {
    return (flags & STARTED) != 0;
  }

  /** The calls that it is parked in, innermost first. */
  final List<StackTraceElement> stack() {
    List<StackTraceElement> all = new ArrayList<>();
    for (Frame f = leaf; f != null && all.size() < MAX_STACK; f = f.caller()) {
      all.add(f.toStackTraceElement());
    }
    return all;
  }

  /** The task that owns the scope which it is a child of; null for none. */
  @Nullable Task<?> owner() {
    return null;
  }

  /** The innermost frame; while it runs, that of its turn's beginning. */
  final @Nullable Frame frames() {
    return leaf;
  }

  /**
   * Its name, by which stack traces, dumps and reports call it: what it was given at its start, else {@code task-17} or the like, where
   * the number says how many were asked for their names before. Names need not be unique.
   */
  public final String name() {
    return details().name();
  }

  /** What it does now, in words, given whether it is its turn. */
  final String status(boolean runs) {
    if (isDone()) {
      return isCancelled() ? "cancelled" : isCompletedExceptionally() ? "failed" : "done";
    }
    Resumption<?> w = waiting;
    String parked = w == null || w.isDone() ? "ready" : "waiting in " + w.what();
    String s = runs ? "running" : parked;
    return (flags & CANCELLED) == 0 ? s : s + ", to be cancelled";
  }

  /** Its name and what it does now, such as {@code Task[crawler, waiting in Channel.receive]}. Any thread. */
  @Override
  public final String toString() {
    return "Task[" + name() + ", " + status(scheduler.runs(self())) + "]";
  }

  /** How messages name it. */
  final String label() {
    return "Task[" + name() + "]";
  }

  final void park(@Nullable Frame f) {
    if (leaf != f) { // Mostly it is the frame that it was; a store costs a barrier.
      leaf = f;
    }
  }

  final void abandonWait() {
    Resumption<?> w = waiting;
    waiting = null;
    if (w != null && !w.abandon()) {
      setFlag(SPURIOUS_TURN);
    }
  }

  /** Whether this turn belongs to a wait that was abandoned. */
  final boolean isSpurious() {
    if ((flags & (SPURIOUS_TURN | ENDED)) == 0) {
      return false;
    }
    FLAGS.getAndBitwiseAnd(this, ~SPURIOUS_TURN);
    return true;
  }

  /**
   * The chain has ended.
   *
   * @return false if the task waits once more, for the stage that an async method returned
   */
  final boolean endBody(@Nullable Object value, @Nullable Throwable failure, TaskContinuation c) {
    if (failure == null && (flags & ASYNC_CALL) != 0) {
      FLAGS.getAndBitwiseAnd(this, ~ASYNC_CALL);
      try {
        value = Awaiting.returned(value, c);
      } catch (Throwable t) {
        failure = t;
      }
      if (c.suspended) {
        return false;
      }
    }
    c.current = null; // Dependents run now, outside any task.
    end(value, failure);
    return true;
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // a Void is null
  private void end(@Nullable Object value, @Nullable Throwable failure) {
    int f = (int) FLAGS.getAndBitwiseOr(this, ENDED);
    enter(null);
    leaf = null;
    scheduler.ended(self());
    if ((f & OUTCOME_REQUESTED) != 0) {
      setOutcome(Objects.requireNonNull(details().requested()));
    } else if (failure == null) {
      setValue((f & GIVES_NOTHING) != 0 ? null : (T) value);
    } else if ((f & CANCELLED) != 0 && failure instanceof TaskCancelled c && c.origin() == null) {
      setCancelled();
    } else {
      fail(failure);
    }
    afterDone();
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // whoever asked chose the value
  private void setOutcome(TaskDetails.Requested outcome) {
    if (outcome.failure() == null) {
      setValue((T) outcome.value());
    } else {
      fail(outcome.failure());
    }
  }

  private void fail(Throwable failure) {
    // A foreign CancellationException is a failure: isCancelled is for tasks that were.
    setFailure(
        failure instanceof CancellationException ? new CompletionException(failure) : failure);
    if ((flags & OBSERVED) == 0 && getNumberOfDependents() == 0) {
      Unobserved.watch(self(), failure);
      if ((flags & OBSERVED) != 0) { // Somebody asked just now.
        Unobserved.forget(self());
      }
    }
  }

  /** The task is done, and its dependents have been told. */
  void afterDone() {}

  // ---- details

  @Override
  final boolean needsThisThread() {
    return scheduler.ownsThisThread();
  }

  @Override
  final void observed() {
    if ((flags & OBSERVED) == 0) {
      FLAGS.getAndBitwiseOr(this, OBSERVED);
      Unobserved.forget(self());
    }
  }

  private Task<T> self() {
    return (Task<T>) this;
  }

  final TaskDetails details() {
    TaskDetails d = details;
    if (d == null) {
      d = new TaskDetails(null, null, null);
      if (!DETAILS.compareAndSet(this, null, d)) {
        d = Objects.requireNonNull(details);
      }
    }
    return d;
  }

  final @Nullable TaskDetails detailsIfAny() {
    return details;
  }
}
