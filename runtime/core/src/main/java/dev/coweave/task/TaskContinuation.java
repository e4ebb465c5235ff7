package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Entry;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.JavaStack;
import dev.coweave.coroutine.Operation;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Drives tasks: one continuation serves all tasks of a loop, one after the other, and holds what only a running task needs.
 * A parked task is its {@link TaskState} object and its frames.
 *
 * @hidden
 */
public abstract class TaskContinuation extends Entry {
  /*
   * A turn of a task:
   *
   *   Scheduler.ready ──► turn: deliver the wait's outcome, drive ──┬─► ended: the chain has an outcome
   *                                                                 ├─► parked in a wait; whoever ends it calls ready
   *                                                                 └─► paused: ready again at once
   *
   * An async call made in a turn runs its first step here too, as a turn within the turn; AsyncCall keeps what it interrupts.
   */

  /** How many awaits of completed futures a turn may make before it looks whether others are ready. */
  static final int BUDGET = 256;

  /** The price of a wait that throws its task's cancellation: a task that swallows it must not keep the others from running. */
  private static final int REFUSED_WAIT = 16;

  /** How many async calls may nest before the next is left to a turn of its own; bounds the Java stack. */
  private static final int MAX_NESTED = 16;

  /** An async call whose first step runs. */
  private static final class AsyncCall {
    /** What it interrupted: null also for a call or a plain call around whose task isn't made either. */
    @Nullable TaskState<?> interrupted;

    /** Makes its task. */
    final Function<Scheduler, TaskState<?>> task;

    final int budget;
    final int nested;
    final @Nullable AsyncCall outer;
    final Object[] place;
    final @Nullable Contexts contexts;
    final @Nullable Frame inside;

    /** Its task is made: mostly it isn't, for a call that doesn't wait needs none. */
    boolean made;

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
      this.place = place;
      this.contexts = made == null ? null : made.contexts();
      this.inside = c.within(null);
      this.made = made != null;
    }
  }

  /** The place that a call within a turn leaves as it is. */
  private static final Object[] NOWHERE = new Object[2];

  /** The task whose turn it is; null also for a plain call's that is not {@linkplain #made made} yet, which nobody has told anything. */
  @Nullable TaskState<?> current;

  /** How many awaits of completed futures are left in this turn. */
  int budget;

  /**
   * Others may be ready, or become so by time or from other threads, or the running task may be cancelled. Where this is false,
   * awaits of completed futures are free of charge: storing a count at each would double their cost. Not volatile, for an await
   * reads it: what another thread sets is seen at one of the next.
   */
  private boolean contended = true;

  private boolean pausing;

  /** A plain call of an operation has not looked for a caller that was never woven. */
  private boolean callerUnknown;

  private @Nullable AsyncCall asyncCall;

  /** For schedulers. */
  protected TaskContinuation() {}

  /** The continuation that runs tasks on the calling thread, or null. Looks in a ThreadLocal. */
  public static @Nullable TaskContinuation here() {
    return at(Place.ofThread());
  }

  /** What runs tasks on the thread of a {@link #place}, or null. */
  public static @Nullable TaskContinuation at(Object[] place) {
    return (TaskContinuation) place[Place.CONTINUATION];
  }

  /**
   * This runs tasks on the calling thread from now on. It is undone by clearing the first slot of the array that this returns, which can't fail.
   *
   * @return the thread's place
   */
  protected final Object[] enter() {
    return enter(Place.ofThread());
  }

  /** The same, where the thread's place is known. */
  protected final Object[] enter(Object[] place) {
    place[Place.CONTINUATION] = this;
    return place;
  }

  /** The place of the calling thread: its first slot holds what {@link #here} gives. */
  public static Object[] place() {
    return Place.ofThread();
  }

  /** The task whose turn it is, or null. */
  public final @Nullable TaskState<?> current() {
    TaskState<?> t = current;
    return t == null ? made() : t;
  }

  /** The same, but a plain call's task isn't made for it. Any thread. */
  public @Nullable TaskState<?> currentIfMade() {
    return current;
  }

  /** Whether this runs a plain call only, beside which nothing can be ready: there are no others that could run, and nobody could have cancelled it. */
  final boolean isAlone() {
    return current == null && asyncCall == null && callIsAlone();
  }

  /** See {@link #isAlone}. */
  protected boolean callIsAlone() {
    return false;
  }

  /** The task whose locals are seen here; null in a plain call that is alone, in which no code has set one. */
  final @Nullable TaskState<?> localsHolder() {
    return isAlone() ? null : current();
  }

  /** No task is known to run: makes that of the innermost call which runs without one, for nobody has asked for it. Null if there is none. */
  private @Nullable TaskState<?> made() {
    AsyncCall call = asyncCall;
    if (call == null) {
      return outermostMade();
    }
    if (call.made) {
      return null;
    }
    int left = budget;
    asyncCall = call.outer;
    current = call.interrupted; // whose locals and place the call has
    try {
      call.interrupted = current();
      TaskState<?> t = call.task.apply(scheduler());
      t.scheduler.begin(t, true);
      current = t;
      call.made = true;
    } finally {
      if (!call.made) {
        current = null;
      }
      asyncCall = call;
      budget = left;
    }
    return current;
  }

  /** Makes the task of a plain call that runs without one, or finds that of a turn. Null if there is none. */
  protected @Nullable TaskState<?> outermostMade() {
    return null;
  }

  /** Where a task runs that is started now on this thread. */
  public final Scheduler scheduler() {
    TaskState<?> t = current();
    return t == null ? home() : t.scheduler.sibling();
  }

  /** Where a task runs that is started now on the calling thread; null if nothing runs tasks there. Looks in a ThreadLocal. */
  public static @Nullable Scheduler schedulerHere() {
    TaskContinuation here = here();
    return here == null ? null : here.scheduler();
  }

  /** Whether a task runs where the running one does. */
  public final boolean runsHere(TaskState<?> t) {
    return t.scheduler == task().scheduler;
  }

  /** The home whose thread runs this; null if it is none of its own, but an executor's. */
  public @Nullable Home ownHome() {
    return null;
  }

  /** Where a task runs that no task starts. */
  protected abstract Scheduler home();

  /** The tasks of a scheduler that has ended, on which nobody else can look: reports those that failed without being asked. */
  protected static void reportUnobserved(Scheduler ended) {
    Unobserved.flush(ended);
  }

  /** A task whose outcome the scheduler passes on. */
  protected static void observe(TaskState<?> t) {
    t.observed();
  }

  /** Whether it is a task's turn, be it interrupted by the first step of an async call. From other threads a guess. */
  public final boolean runsNow(TaskState<?> t) {
    boolean runs = current == t;
    for (AsyncCall call = asyncCall; call != null && !runs; call = call.outer) {
      runs = call.interrupted == t;
    }
    return runs;
  }

  // ---- what waits call

  /**
   * The continuation of an operation that has to wait.
   *
   * @param c the twin's last argument
   * @param operation what waits, as the user wrote it
   * @throws IllegalStateException if {@code c} can't wait: it is a generator's, or under a plain frame of another coroutine
   * @throws TaskCancelled if the task is cancelled
   */
  public static TaskContinuation toWait(Continuation c, Operation operation) {
    if (!(c instanceof TaskContinuation tc)) {
      throw c.cantWait(operation);
    }
    tc.checkCaller(operation);
    tc.task().checkThreadMayWait(operation);
    return tc.toPause();
  }

  /** A plain call of an operation begins here, whose caller is looked at if it has to wait. */
  final void looksForCallerWhenItWaits() {
    callerUnknown = true;
  }

  private void checkCaller(Operation operation) {
    if (callerUnknown) {
      JavaStack.checkWoven(operation);
      callerUnknown = false;
    }
  }

  /**
   * The running task waits from now on, for nothing that blocks the thread.
   *
   * @throws TaskCancelled if the task is cancelled
   */
  protected final TaskContinuation toPause() {
    TaskState<?> t = task();
    if (!t.mayWait()) {
      budget -= REFUSED_WAIT;
      t.details().refused(t);
      throw t.cancellation();
    }
    return this;
  }

  /**
   * The continuation of an operation that lets others run, but waits for nothing: so the thread is not blocked.
   *
   * @param c the twin's last argument
   * @param operation its name as the user wrote it
   * @throws IllegalStateException if {@code c} can't be suspended
   * @throws TaskCancelled if the task is cancelled
   */
  static TaskContinuation toPause(Continuation c, Operation operation) {
    if (!(c instanceof TaskContinuation tc)) {
      return toWait(c, operation);
    }
    tc.checkCaller(operation);
    return tc.toPause();
  }

  /** The task whose turn it is. */
  public final TaskState<?> task() {
    TaskState<?> t = current();
    if (t == null) {
      throw new IllegalStateException("no task runs");
    }
    return t;
  }

  /**
   * The running task waits from now on.
   *
   * @param w of the running task; may have been ended already
   * @return a dummy, for the caller to return
   */
  public final <T extends @Nullable Object> T suspend(Resumption<T> w) {
    suspended = true;
    w.begins(now());
    TaskState<?> t = task();
    t.waitFor(w);
    waits(t, w);
    return dummy();
  }

  /** The time by the scheduler's clock, as it was read last: reading it would cost more than a switch. */
  protected abstract long now();

  /** A task waits. */
  protected void waits(TaskState<?> t, Resumption<?> w) {}

  /** A twin that waits returns it. */
  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // nobody looks at it
  public static <T extends @Nullable Object> T dummy() {
    return null;
  }

  /** The running task lets the others run; the caller returns a dummy. */
  protected final void pause() {
    suspended = true;
    pausing = true;
  }

  /**
   * Charges the running task for an operation that may not have to wait.
   *
   * @param c the twin's last argument
   * @return whether its budget is spent and others are ready: the operation comes after a pause, see {@code AfterPause}
   */
  public static boolean isSpent(Continuation c) {
    return isSpent(c, 1);
  }

  /**
   * Charges the running task for an operation that may not have to wait; see {@link #isSpent(Continuation)}.
   *
   * @param c the twin's last argument
   * @param price what it costs of the turn's budget of 256
   */
  public static boolean isSpent(Continuation c, int price) {
    return c instanceof TaskContinuation tc
        && tc.contended
        && (tc.budget -= price) < 0
        && tc.mustPause();
  }

  /** Whether a twin's operation is free of charge, its continuation being a task's that nobody contends with. */
  static boolean isFree(Continuation c) {
    return c instanceof TaskContinuation tc && !tc.contended;
  }

  /**
   * Says whether the tasks that run next share their thread.
   *
   * @param contended true if in doubt
   */
  protected final void contended(boolean contended) {
    this.contended = contended;
  }

  /** Whether the running task, which hasn't waited for long, has to let others run first or must learn that it is cancelled. */
  final boolean mustPause() {
    TaskState<?> t = task();
    if (t.isCancelPending() || t.scheduler.othersAreReady()) {
      return true;
    }
    budget = BUDGET;
    return false;
  }

  final void fail(Throwable t) {
    giveFailure(t);
  }

  @Override
  protected final void catches(Throwable t) {
    TaskState<?> me = current();
    TaskDetails d = me == null ? null : me.detailsIfAny();
    if (me != null && d != null) {
      me.isGiven(t);
      if (t instanceof TaskCancelled) {
        d.caughtCancellation();
      }
    }
  }

  @Override
  protected final @Nullable Frame resumed() {
    TaskState<?> t = current();
    return t == null ? null : t.frames();
  }

  @Override
  protected final void unwound(@Nullable Frame leaf) {
    TaskState<?> t = current();
    if (t != null) {
      t.park(leaf);
    }
  }

  @Override
  protected @Nullable String start() {
    TaskState<?> t = current();
    return t == null ? null : OneLine.of(t.name());
  }

  @Override
  protected final void abandoned() {
    pausing = false;
    waitAbandoned();
    TaskState<?> t = current();
    if (t != null) {
      t.abandonWait();
    }
  }

  /** The running task doesn't wait after all: where a scheduler keeps waits itself, it forgets this one. */
  protected void waitAbandoned() {}

  // ---- turns

  /**
   * Gives a task its turn.
   *
   * @param t one that {@link Scheduler#ready} was called for
   */
  public final void turn(TaskState<?> t) {
    turn(t, true);
  }

  /**
   * A turn could not begin, or was broken off.
   *
   * @param t whose turn it was
   * @param e why
   */
  public final void stumbled(TaskState<?> t, Throwable e) {
    if (current == null && t.isParked()) {
      turn(t, false);
    } else {
      broken(t, e);
    }
  }

  /**
   * Gives a task its turn, or its second one if it couldn't begin for want of memory or stack: its wait may have been granted, such as a lock.
   *
   * @param first it has not been tried
   */
  private void turn(TaskState<?> t, boolean first) {
    boolean goesOn = false;
    try {
      if (t.isSpurious()) {
        return;
      }
      current = t;
      budget = BUDGET;
      within(t.inside());
      stepBegins(t);
      Frame f = t.unpark(this);
      Contexts own = t.enterContexts();
      takeRefusal();
      t.unparked(); // Last of what may be done again.
      goesOn = true;
      settle(t, drive(f));
      current = null;
      leaveContexts(t, own);
    } catch (Throwable e) { // the runtime's own: what the body throws is an outcome
      if (goesOn || !t.isParked()) {
        broken(t, e);
      } else if (first) {
        turn(t, false);
      } else {
        turnFailing(t, e);
      }
    }
  }

  /** The wait that a turn was for throws what kept the turn from beginning, so that the body cleans up. */
  private void turnFailing(TaskState<?> t, Throwable e) {
    try {
      current = t;
      within(t.inside());
      Frame f = t.unparkFailing(this, e);
      Contexts own = t.enterContexts();
      settle(t, drive(f));
      current = null;
      leaveContexts(t, own);
    } catch (Throwable again) {
      broken(t, again);
    }
  }

  /** The step has come to its end already: it must not fail by this. */
  private static void leaveContexts(TaskState<?> t, @Nullable Contexts own) {
    try {
      t.leaveContexts(own);
    } catch (VirtualMachineError e) {
      t.leaveContexts(own);
    }
  }

  /**
   * A turn was broken off because the runtime itself ran out of memory or stack, or couldn't load one of its classes for that: its task
   * fails with it, and so does each whose first step was interrupted.
   */
  public final void broken(TaskState<?> t, Throwable e) {
    suspended = false;
    Frame unused = park();
    pausing = false;
    Throwable outcome = takeFailure();
    give((Object) null);
    TaskState<?> inner = current;
    while (asyncCall != null) {
      AsyncCall call = asyncCall;
      asyncCall = call.outer;
      current = call.interrupted;
      call.place[Place.CONTINUATION] = null;
      if (inner != null && inner != t) {
        inner.endBroken(e);
      }
      inner = call.interrupted;
    }
    current = null;
    t.endBroken(outcome != null && t.isDone() ? outcome : e);
  }

  /** If something kept the turn from running where it should, the wait throws that. May be called again where it failed. */
  protected void takeRefusal() {}

  /** The chain waits in a frame, or has ended if nothing is {@link #suspended}. */
  final void settle(TaskState<?> t, @Nullable Frame waits) {
    Frame innermost = waits;
    if (!suspended) {
      if (end(t)) {
        stepEnds(t);
        return;
      }
      innermost = leaf;
    }
    try {
      park(t, innermost);
    } catch (VirtualMachineError e) {
      park(t, innermost); // Its wait has begun: it would fail in the middle of nowhere.
    }
  }

  /** The chain waits; may be done again. */
  private void park(TaskState<?> t, @Nullable Frame innermost) {
    forgetFailure();
    t.keepInside(inside());
    t.park(sharing(innermost));
    Frame unused = park();
    within(null);
    stepEnds(t);
    if (pausing) {
      t.scheduler.paused(t);
      pausing = false;
    }
  }

  /** Whether the task has ended; if not, it waits for the stage that it returned. */
  private boolean end(TaskState<?> t) {
    ending(t);
    Throwable failure = takeFailure();
    Object value = takeRef();
    return t.endBody(value, failure, this);
  }

  private static void stepBegins(TaskState<?> t) {
    Observer o = Observer.active();
    if (o != null) {
      o.begins(t);
    }
  }

  private static void stepEnds(TaskState<?> t) {
    Observer o = Observer.active();
    if (o != null) {
      o.ends(t);
    }
  }

  /** A task's chain has ended; its outcome has not been taken yet. */
  protected void ending(TaskState<?> t) {}

  // ---- the main task of an outermost plain call: its first step runs on the caller's stack

  /** The plain call's task is the running one from now on. */
  protected final void beginMain(TaskState<?> main) {
    stepBegins(main);
    main.scheduler.begin(main, true);
    current = main;
    budget = BUDGET;
  }

  /**
   * The first step has returned with {@link #suspended} set.
   *
   * @return whether the task has ended, after an unwinding
   */
  protected final boolean mainReturned(TaskState<?> main) {
    settle();
    settle(main, leaf);
    current = null;
    main.leaveContexts(null); // The caller's thread: what it has is the task's.
    return main.isDone();
  }

  /** The plain call ends: if its task didn't wait, it ends now. */
  protected final void mainLeaves(TaskState<?> main, @Nullable Throwable failure) {
    if (!main.isDone()) {
      main.endBody(null, failure, this);
    }
    stepEnds(main);
    current = null;
  }

  // ---- async calls

  /**
   * An async method is called in a turn, or on a loop's thread: what woven code calls next is its task's first step.
   *
   * @param task makes the task if somebody asks for it
   */
  public final Entry beginAsync(Function<Scheduler, TaskState<?>> task) {
    return beginAsync(task, NOWHERE);
  }

  /**
   * An async method is called on this thread.
   *
   * @param task makes the task if somebody asks for it
   * @param place of the thread, which runs this from now on until the first step is over
   */
  final Entry beginAsync(Function<Scheduler, TaskState<?>> task, Object[] place) {
    // Allocation comes first: nothing must be half begun.
    TaskState<?> t = Contexts.ANY || Observer.active() != null ? task.apply(scheduler()) : null;
    AsyncCall call = new AsyncCall(this, task, t, place);
    if (t != null) {
      try {
        stepBegins(t);
        t.scheduler.begin(t, true);
      } catch (Throwable e) {
        within(call.inside);
        throw e;
      }
    }
    asyncCall = call;
    current = t;
    budget = BUDGET;
    // Past the bound the twin unwinds at once, to its state 0.
    depth = call.nested > MAX_NESTED ? MAX_DEPTH + 1 : 1;
    if (place != NOWHERE) {
      // Last, so that whatever is thrown before, such as by a stack that is full, leaves the thread
      // as it was.
      place[Place.CONTINUATION] = this;
    }
    return this;
  }

  @Override
  public final CompletableFuture<?> returned(@Nullable Object stage) {
    // Woven code brings to failed what this throws for want of memory or stack: so only that ends
    // the call in any case.
    if (!suspended
        && !call().made
        && stage instanceof CompletableFuture<?> future
        && isDone(future)) {
      leave(call());
      return future;
    }
    TaskState<?> t = task();
    if (!suspended) {
      give(stage);
      settle(t, null);
    } else if (unwinding() && call().nested > MAX_NESTED) {
      t.park(park());
      stepEnds(t);
      t.scheduler.paused(t);
    } else {
      settle();
      settle(t, leaf);
    }
    AsyncCall call = call();
    t.leaveContexts(call.contexts);
    leave(call);
    // From here on the call is over: what failed would be taken for its outer call's failure.
    try {
      t.scheduler.stepEnded(t);
    } catch (VirtualMachineError e) {
      t.scheduler.stepEnded(t); // Its effects come last.
    }
    return t;
  }

  /** Whether a call that nobody has asked for its task may return the future itself, which has the value that the task would have. */
  private static boolean isDone(CompletableFuture<?> f) {
    return (f.getClass() == CompletableFuture.class || f instanceof TaskState)
        && f.isDone()
        && !f.isCompletedExceptionally();
  }

  @Override
  public final CompletableFuture<?> failed(Throwable failure) {
    AsyncCall call = asyncCall;
    if (call == null) {
      Continuation.<RuntimeException>sneakyThrow(failure); // The call is over, and its task parked.
      throw new AssertionError(failure);
    }
    TaskState<?> t;
    try {
      t = task();
    } catch (VirtualMachineError e) {
      asyncCall = call.outer;
      current = call.interrupted;
      budget = call.budget;
      call.place[Place.CONTINUATION] = null;
      within(call.inside);
      throw e; // There is no memory for a future that could fail.
    }
    try {
      suspended = false;
      giveFailure(failure);
      settle(t, null);
      t.leaveContexts(call.contexts);
    } catch (VirtualMachineError e) {
      t.endBroken(e);
    } finally {
      // Written out: a store can't fail, a call can.
      asyncCall = call.outer;
      current = call.interrupted;
      budget = call.budget;
      call.place[Place.CONTINUATION] = null;
    }
    try {
      within(call.inside);
      t.scheduler.stepEnded(t);
    } catch (VirtualMachineError e) {
      within(call.inside);
      t.scheduler.stepEnded(t); // as in returned
    }
    return t;
  }

  private AsyncCall call() {
    return Objects.requireNonNull(asyncCall);
  }

  /** The first step of an async call is over; the thread is as it was before. */
  private void leave(AsyncCall call) {
    within(call.inside);
    asyncCall = call.outer;
    current = call.interrupted;
    budget = call.budget;
    call.place[Place.CONTINUATION] = null;
  }
}
