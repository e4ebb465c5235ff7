package dev.coweave.task;

import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.JavaStack;
import dev.coweave.coroutine.LogicalStack;
import dev.coweave.coroutine.Operation;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A task as schedulers and waits know it: how it lives, its parking, its cancellation, its end. Users know it as a {@link Task}.
 *
 * @hidden
 */
public abstract class TaskState<T extends @Nullable Object> extends TaskOutcome<T> {
  /*
   * In here: the life of a task, and the little that a parked one must keep. Each field counts: there may be a million
   * tasks. How its outcome is set is in TaskOutcome. The state of a running task is in TaskContinuation, and rare state in TaskDetails.
   *
   *              start        turn                  a wait                       the body ends
   *   (new) ──► READY ─────► RUNNING ──────────────► PARKED ── resumed ──► READY      │
   *   leaf = Start                                   leaf = frames, waiting = wait    ▼
   *                             └───────────────────────────────────────────────► ENDED: isDone()
   */

  static final int STARTED = 1;
  private static final int CANCELLED = 2;
  static final int GIVES_NOTHING = 4;
  static final int ASYNC_CALL = 8;
  private static final int SPURIOUS_TURN = 16;
  private static final int OUTCOME_REQUESTED = 32;
  private static final int ENDED = 64;
  static final int PLAIN_CALL = 256;

  /** A plain call, which hasn't asked yet whether its thread may wait. */
  static final int UNASKED = 512;

  /** See {@link #noteReady}. */
  private static final int READY = 1024;

  /** How often an end is tried again. */
  private static final int TRIES = 3;

  /** How many calls are shown at most. */
  private static final int MAX_STACK = 1024;

  private static final VarHandle WAITING;

  static {
    try {
      WAITING = MethodHandles.lookup().findVarHandle(TaskState.class, "waiting", Resumption.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * The innermost frame while parked, or null for a body whose last call is the wait. Out of date while it runs: the frame that
   * is resumed mostly is the one to be parked again.
   */
  private @Nullable Frame leaf;

  /** Its wait; null while it runs or pauses. */
  private volatile @Nullable Resumption<?> waiting;

  /** Neighbours in the {@link TaskList} of its scheduler. */
  @Nullable TaskState<?> previous;

  @Nullable TaskState<?> next;

  TaskState(Scheduler scheduler, @Nullable Frame start, int kind) {
    super(scheduler, kind);
    this.leaf = start;
  }

  /** Begins with a name, if it was given one, the locals of the task that makes this one, and the contexts of its thread. */
  final void inherit(@Nullable String name) {
    TaskContinuation here = TaskContinuation.here();
    TaskState<?> parent = here == null ? null : here.current();
    TaskDetails its = parent == null ? null : parent.detailsIfAny();
    Locals locals = its == null ? null : its.locals;
    Contexts contexts = Contexts.ofThread();
    if (name != null || locals != null || contexts != null) {
      details = new TaskDetails(name, locals, contexts);
    }
  }

  // ---- cancellation

  @Override
  final boolean request(@Nullable Requested outcome) {
    if (outcome != null && (isDone() || !details().request(outcome))) {
      return false;
    }
    boolean again = (flags & CANCELLED) != 0;
    if (!setFlag(outcome == null ? CANCELLED : CANCELLED | OUTCOME_REQUESTED)) {
      return false;
    }
    if (!again) {
      recordCancelled();
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

  /** The task or a scope of it is cancelled, and was not before. Any thread. */
  final void recordCancelled() {
    Observer o = Observer.active();
    if (o != null) {
      o.cancelled(this);
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

  /** Whether a success of other tasks is enough for its owner, which then cancels it. */
  boolean mayBeOutdone(Predicate<TaskState<?>> stuck) {
    return false;
  }

  /**
   * Whether a timeout or the success of another task may end its wait, be it one of an owner's: these cancel the children.
   *
   * @param stuck whether a task can't go on
   */
  final boolean mayBeRelieved(Predicate<TaskState<?>> stuck) {
    for (TaskState<?> t = this; t != null; t = t.owner()) {
      for (CancelScope s = t.scope(); s != null; s = s.parent) {
        if (s.timed) {
          return true;
        }
        if (s.shield) {
          return false;
        }
      }
      if (t.mayBeOutdone(stuck)) {
        return true;
      }
    }
    return false;
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

  /** Whether a timeout may end its wait. */
  final boolean mayTimeOut() {
    for (CancelScope s = scope(); s != null; s = s.parent) {
      if (s.timed) {
        return true;
      }
      if (s.shield) {
        return false;
      }
    }
    return false;
  }

  /** Whether a wait may begin; false if it throws the {@link #cancellation} instead. */
  final boolean mayWait() {
    return details == null && (flags & CANCELLED) == 0 || !isCancelPending();
  }

  /** The first wait of a plain call is one of the thread that made it. Throws, at each wait, where that may not be. */
  final void checkThreadMayWait(Operation operation) {
    if ((flags & UNASKED) == 0) {
      return;
    }
    if (JavaStack.insideCoroutine()) {
      throw JavaStack.wouldBlock(operation, "a generator's body");
    }
    scheduler.checkMayBlock(operation);
    FLAGS.getAndBitwiseAnd(this, ~UNASKED);
  }

  /** Returns what a wait of the cancelled task throws: the outermost cancellation that reaches it. */
  final TaskCancelled cancellation() {
    CancelScope origin = null;
    for (CancelScope s = scope(); s != null; s = s.parent) {
      if (s.isExpired()) {
        origin = s;
      }
      if (s.shield) {
        return new TaskCancelled(null, origin);
      }
    }
    return (flags & CANCELLED) != 0
        ? new TaskCancelled(this, null)
        : new TaskCancelled(null, origin);
  }

  // ---- contexts of threads, see Contexts

  /** The contexts that it has while it doesn't run; null where there is none to ask. */
  final @Nullable Contexts contexts() {
    return Contexts.ANY ? details().contexts : null;
  }

  /** A turn begins: puts this task's contexts on the thread. Returns the thread's own. */
  final @Nullable Contexts enterContexts() {
    Contexts own = Contexts.ofThread();
    Contexts.toThread(contexts());
    return own;
  }

  /**
   * A step is over: keeps what it leaves for the next, and gives the thread back its own. A plain call that has ended leaves it to the thread,
   * as any call does.
   */
  final void leaveContexts(@Nullable Contexts own) {
    if (Contexts.ANY) {
      boolean ended = isDone();
      details().contexts = ended ? null : Contexts.ofThread();
      if (!ended || !isPlainCall()) {
        Contexts.toThread(own);
      }
    }
  }

  // ---- async generators

  /** Keeps, while it is parked, the frame that its calls are inside of. */
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

  // ---- what it has not finished

  final void begun(Unfinished last) {
    TaskDetails d = details();
    last.outer = d.unfinished;
    d.unfinished = last;
  }

  final void finished(Unfinished one) {
    TaskDetails d = details();
    if (d.unfinished == one) {
      d.unfinished = one.outer;
      return;
    }
    for (Unfinished u = d.unfinished; u != null; u = u.outer) {
      if (u.outer == one) {
        u.outer = one.outer;
      }
    }
  }

  /** Its body gets a failure: a wait throws it, or a handler catches it. A scope that it leaves by that must not throw it once more. */
  final void isGiven(Throwable failure) {
    TaskDetails d = details;
    for (Unfinished u = d == null ? null : d.unfinished; u != null; u = u.outer) {
      u.got(failure);
    }
  }

  /** Those who wait for this task's end. */
  private void wakeAwaiting() {
    TaskDetails d = details; // after the outcome was set: who adds a wait looks at that then
    if (d != null) {
      for (TaskDetails.Awaiter<?> w = d.firstWait(); w != null; w = d.firstWait()) {
        w.ended();
        d.remove(w); // Last: where memory or stack run out this is done again.
      }
    }
  }

  private void abandonUnfinished() {
    TaskDetails d = details;
    if (d != null) {
      for (Unfinished u = d.unfinished; u != null; u = u.outer) {
        u.abandon();
        d.unfinished = u.outer; // Last: where memory or stack run out this is done again.
      }
    }
  }

  // ---- turns, called by TaskContinuation

  final void waitFor(Resumption<?> w) {
    // Volatile, before the flags are read: whoever cancels sets them first and looks here then.
    waiting = w;
    TaskDetails d = details;
    if (d != null || (flags & CANCELLED) != 0) {
      if (isCancelPending()) {
        w.cancel();
      } else if (d != null) {
        d.swallowing = null;
      }
    }
  }

  final @Nullable Resumption<?> waitsFor() {
    return waiting;
  }

  /**
   * Its wait has been ended: for a scheduler that has no queue, but asks each task in turn. On the scheduler's thread. A task that has yet to begin is
   * ready without.
   */
  final void noteReady() {
    if (hasStarted()) {
      FLAGS.getAndBitwiseOr(this, READY);
    }
  }

  /** Whether its wait was noted to have been ended, and its turn hasn't come since. */
  final boolean takeReady() {
    if ((flags & READY) == 0) {
      return false;
    }
    FLAGS.getAndBitwiseAnd(this, ~READY);
    return true;
  }

  /** Begins a turn: hands the outcome of the wait to the continuation. {@link #unparked} must follow; before that, this may be done again. */
  final @Nullable Frame unpark(TaskContinuation c) {
    Frame f = leaf;
    Resumption<?> w = (Resumption<?>) WAITING.get(this);
    if (w != null) {
      w.deliver(this, f, c);
    } else if ((flags & (STARTED | CANCELLED)) != STARTED || details != null) {
      afterPause(c);
    }
    return f;
  }

  /** The turn that {@link #unpark} began goes on in the body. */
  final void unparked() {
    if (WAITING.get(this) != null) { // It waited, and didn't only pause: a store costs a barrier.
      WAITING.set(this, null);
    }
  }

  /** Whether its body has begun, and waits or pauses. */
  final boolean isParked() {
    return (flags & (STARTED | ENDED)) == STARTED;
  }

  /** As {@link #unpark}: its wait, if that isn't over, is, and fails with an error of the runtime's. */
  final @Nullable Frame unparkFailing(TaskContinuation c, Throwable e) {
    Resumption<?> w = waiting;
    waiting = null;
    if (w != null) {
      boolean unused = w.abandon();
    }
    c.fail(e);
    return leaf;
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

  /** Whether its next turn needs nothing but its frame, if it has paused. */
  final boolean isPlain() {
    TaskDetails d = details;
    return waiting == null
        && (flags & (STARTED | CANCELLED | SPURIOUS_TURN | ENDED)) == STARTED
        && !Contexts.ANY
        && (d == null || d.inside == null);
  }

  final boolean hasStarted() {
    return (flags & STARTED) != 0;
  }

  /** The calls that it is parked in, innermost first. */
  final List<StackTraceElement> stack() {
    return LogicalStack.parked(leaf, MAX_STACK);
  }

  /** The task that owns the scope which it is a child of; null for none. */
  @Nullable TaskState<?> owner() {
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
    return details().name(scheduler);
  }

  /** Its wait, be it kept by its scheduler. */
  private @Nullable Resumption<?> shownWait() {
    Resumption<?> w = waiting;
    return w != null || isDone() ? w : scheduler.keptWait(this);
  }

  /** Its state in words, given whether it is its turn. */
  final String status(boolean runs) {
    Resumption<?> w = shownWait();
    return status(runs, w == null || w.isDone() ? null : w.what());
  }

  /** Its state in words, and exactly what it waits for. */
  final String statusInFull(boolean runs) {
    Resumption<?> w = shownWait();
    return status(runs, w == null || w.isDone() ? null : w.inFull());
  }

  /** For how many whole seconds it has waited; 0 if it doesn't. */
  final long waitedSeconds() {
    Resumption<?> w = shownWait();
    return w == null || w.isDone() ? 0 : w.waitedSeconds(scheduler.nanoTime());
  }

  /** Whether it is parked where another is, by what is said of both; false if in doubt. Neither runs, and neither can move meanwhile. */
  final boolean isWhere(TaskState<?> other) {
    Resumption<?> mine = shownWait();
    Resumption<?> its = other.shownWait();
    return mine != null
        && its != null
        && mine.isLike(its)
        && (flags & (CANCELLED | ENDED)) == 0
        && (other.flags & (CANCELLED | ENDED)) == 0
        && LogicalStack.areInSameCalls(leaf, other.leaf);
  }

  private String status(boolean runs, @Nullable String wait) {
    if (isDone()) {
      return isCancelled() ? "cancelled" : isCompletedExceptionally() ? "failed" : "done";
    }
    String parked = wait == null ? "ready" : "waiting in " + wait;
    String s = runs ? "running" : parked;
    return (flags & CANCELLED) == 0 ? s : s + TaskDump.CANCELLED;
  }

  /** Its name and what it does now, such as {@code Task[crawler, waiting in Channel.receive]}. Any thread. */
  @Override
  public final String toString() {
    return "Task[" + OneLine.of(name()) + ", " + status(scheduler.runs(this)) + "]";
  }

  @Override
  final String label() {
    return "Task[" + OneLine.of(name()) + "]";
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
      Resumption<?> w = (Resumption<?>) WAITING.get(this);
      return w != null && !w.isDone(); // woken twice, when memory ran out in between
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
        value = returned(value, c);
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

  /**
   * Takes the stage that an async method returned, whose value is the outcome.
   *
   * @return the value, or the dummy of a wait for it
   */
  abstract @Nullable Object returned(@Nullable Object stage, TaskContinuation c);

  /** Each step may be done again: where memory or stack run out the others must follow all the same. */
  private void end(@Nullable Object value, @Nullable Throwable failure) {
    for (int i = 0; ; i++) {
      try {
        endOnce(value, failure);
        return;
      } catch (VirtualMachineError e) {
        if (i == TRIES) {
          throw e;
        }
      }
    }
  }

  /** Its turn was broken off by an error of the runtime itself: it fails with that. */
  final void endBroken(Throwable e) {
    if (!isDone() || (flags & ENDED) == 0) {
      Resumption<?> w = waiting;
      waiting = null;
      if (w != null) {
        boolean unused = w.abandon();
      }
      end(null, e);
    } else {
      end(null, null); // It has its outcome; who waits for it must be told.
    }
  }

  @SuppressWarnings({"unchecked", "NullAway"}) // a Void is null
  private void endOnce(@Nullable Object value, @Nullable Throwable failure) {
    int f = (int) FLAGS.getAndBitwiseOr(this, ENDED);
    enter(null);
    leaf = null;
    scheduler.ended(this);
    if (isDone()) {
      // Only the rest is left.
    } else if ((f & OUTCOME_REQUESTED) != 0) {
      setOutcome(Objects.requireNonNull(details().requested()));
    } else if (failure == null) {
      setValue((f & GIVES_NOTHING) != 0 ? null : (T) value);
    } else if ((f & CANCELLED) != 0 && failure instanceof TaskCancelled c && c.origin() == null) {
      cancelled(c);
    } else {
      fail(failure);
    }
    Observer o = Observer.active();
    if (o != null) {
      o.done(this, failure);
    }
    wakeAwaiting();
    afterDone();
    abandonUnfinished();
  }

  /** The task is done, and its dependents have been told. */
  void afterDone() {}

  /** It never runs: it has ended as it is made. */
  final void endedBefore(@Nullable T value, @Nullable Throwable failure) {
    setFlag(ENDED);
    setOutcome(new Requested(value, failure));
  }
}
