package dev.coweave.task;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.PlainFrames;
import dev.coweave.coroutine.Stamp;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A coroutine that runs on its own, and the future of its result.
 *
 * <p>As a {@link CompletableFuture} it completes when its body has ended, not before: {@link #cancel}, {@link #complete},
 * {@link #completeExceptionally}, {@link #orTimeout} and the like are requests, which cancel the body and set the outcome when it
 * has ended. Dependents made by {@link #thenApply} and the like are plain futures. Thread-safe.
 *
 * @param <T> the type of the result
 */
@Stamp(abi = Stamp.ABI)
public class Task<T extends @Nullable Object> extends CompletableFuture<T> {
  // What belongs here: the outcome and the little that a parked task must keep. Each field counts: there may be a million
  // tasks. What only a running task needs is in TaskContinuation, what few tasks need in TaskDetails.
  //
  //              start        turn                  a wait                       the body ends
  //   (new) ──► READY ─────► RUNNING ──────────────► PARKED ── resumed ──► READY      │
  //   leaf = Start           leaf = null             leaf = frames, waiting = wait    ▼
  //                             └───────────────────────────────────────────────► ENDED: isDone()

  private static final int STARTED = 1;
  private static final int CANCELLED = 2;
  private static final int GIVES_NOTHING = 4;
  private static final int ASYNC_CALL = 8;
  private static final int SPURIOUS_TURN = 16;
  private static final int OUTCOME_REQUESTED = 32;
  private static final int ENDED = 64;
  private static final int OBSERVED = 128;
  private static final int MAY_NOT_WAIT = 256;

  private static final VarHandle FLAGS;
  private static final VarHandle WAITING;
  private static final VarHandle DETAILS;

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      FLAGS = lookup.findVarHandle(Task.class, "flags", int.class);
      WAITING = lookup.findVarHandle(Task.class, "waiting", Resumption.class);
      DETAILS = lookup.findVarHandle(Task.class, "details", TaskDetails.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  final Scheduler scheduler;

  /** The innermost frame while parked, or null for a body whose last call is the wait. */
  private @Nullable Frame leaf;

  /** What it waits for; null while it runs or pauses. */
  private volatile @Nullable Resumption<?> waiting;

  private volatile int flags;

  /** The innermost cancel scope that its run is in. */
  @Nullable CancelScope scope;

  private volatile @Nullable TaskDetails details;

  /** Neighbours in the {@link TaskList} of its scheduler. */
  @Nullable Task<?> previous;

  @Nullable Task<?> next;

  Task(Scheduler scheduler, @Nullable Frame start, int kind) {
    this.scheduler = scheduler;
    this.leaf = start;
    this.flags = kind;
  }

  static Task<?> ofAsyncCall(Scheduler scheduler) {
    return new Task<>(scheduler, null, STARTED | ASYNC_CALL).inherit();
  }

  static Task<?> ofPlainCall(Scheduler scheduler) {
    return new Task<>(scheduler, null, STARTED | OBSERVED);
  }

  static <T extends @Nullable Object> Task<T> of(Scheduler scheduler, CoroutineCallable<T> body) {
    return new Task<T>(scheduler, Start.of(Objects.requireNonNull(body, "body")), 0).inherit();
  }

  static Task<Void> of(Scheduler scheduler, CoroutineRunnable body) {
    return new Task<Void>(scheduler, Start.of(Objects.requireNonNull(body, "body")), GIVES_NOTHING).inherit();
  }

  final Task<T> begin() {
    scheduler.begin(this, false);
    scheduler.ready(this);
    return this;
  }

  private Task<T> inherit() {
    TaskContinuation here = TaskContinuation.here();
    Task<?> parent = here == null ? null : here.current;
    TaskDetails its = parent == null ? null : parent.details;
    if (its != null && its.locals != null) {
      details = new TaskDetails(its.locals);
    }
    return this;
  }

  // ---- starting

  /**
   * Starts a task on the current loop, or the current task's executor. It gets its first turn after those that are ready.
   *
   * @param body what it does
   * @param <T> the type of its result
   * @return the task
   * @throws IllegalStateException on a thread that runs no loop and no task
   */
  public static <T extends @Nullable Object> Task<T> start(CoroutineCallable<T> body) {
    return of(current("Task.start").scheduler(), body).begin();
  }

  /**
   * Starts a task without a result; see {@link #start(CoroutineCallable)}.
   *
   * @param body what it does
   * @return the task
   */
  public static Task<Void> start(CoroutineRunnable body) {
    return of(current("Task.start").scheduler(), body).begin();
  }

  /**
   * Starts a task that always runs in an executor: each turn is a job of it.
   *
   * @param executor any: a pool, Swing's event thread, Netty's event loop, {@code Runnable::run}
   * @param body what it does
   * @param <T> the type of its result
   * @return the task
   */
  public static <T extends @Nullable Object> Task<T> start(Executor executor, CoroutineCallable<T> body) {
    return of(new ExecutorScheduler(executor), body).begin();
  }

  /**
   * Starts a task without a result; see {@link #start(Executor, CoroutineCallable)}.
   *
   * @param executor any
   * @param body what it does
   * @return the task
   */
  public static Task<Void> start(Executor executor, CoroutineRunnable body) {
    return of(new ExecutorScheduler(executor), body).begin();
  }

  /**
   * The task that runs on the calling thread.
   *
   * @throws IllegalStateException when there is none
   */
  public static Task<?> current() {
    Task<?> t = current("Task.current").current;
    if (t == null) {
      throw new IllegalStateException("Task.current outside a task: this thread runs a loop, but no task of it");
    }
    return t;
  }

  /** The tasks of the current loop that have not ended, oldest first; none where no loop runs. */
  public static List<Task<?>> all() {
    TaskContinuation here = TaskContinuation.here();
    return here == null ? List.of() : here.scheduler().tasks();
  }

  private static TaskContinuation current(String operation) {
    TaskContinuation here = TaskContinuation.here();
    if (here == null) {
      throw new IllegalStateException(
          operation + " outside a task\n  because: this thread runs no event loop, so nothing would run the task\n"
              + "  fix: run the code in EventLoop.run(() -> …), use Task.start(executor, () -> …) or EventLoop.open(name).start(() -> …),"
              + " or make the caller a @Coroutine");
    }
    return here;
  }

  // ---- awaiting

  /**
   * Waits until a future is complete, and gives its value.
   *
   * @param stage any; a future that is complete already doesn't suspend
   * @param <T> the type of the value
   * @return its value
   * @throws CancellationException if it was cancelled
   * @throws TaskCancelled if the waiting task was cancelled
   */
  @Coroutine
  public static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
    return PlainCall.run("Task.await", c -> await(stage, c));
  }

  /**
   * The twin of {@link #await(CompletionStage)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T await(CompletionStage<T> stage, Continuation c) {
    return stage instanceof CompletableFuture<T> f ? await(f.toCompletableFuture(), c) : Awaiting.stage(stage, c);
  }

  /**
   * Waits until a future is complete; see {@link #await(CompletionStage)}.
   *
   * @param future any
   * @param <T> the type of the value
   * @return its value; its failure is thrown as it is, checked or not
   */
  @Coroutine
  public static <T extends @Nullable Object> T await(CompletableFuture<T> future) {
    return PlainCall.run("Task.await", c -> await(future, c));
  }

  /**
   * The twin of {@link #await(CompletableFuture)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T await(CompletableFuture<T> future, Continuation c) {
    // The path of a future that is complete with a value: small, so that it is inlined, and free of allocation.
    if (c instanceof TaskContinuation tc && --tc.budget >= 0 && future.isDone() && !future.isCompletedExceptionally()) {
      return future.getNow(null);
    }
    return Awaiting.future(future, c);
  }

  /**
   * Waits until a future is complete; one that is no {@link CompletionStage} holds a worker thread meanwhile.
   *
   * @param future any
   * @param <T> the type of the value
   * @return its value; its failure is thrown as it is, checked or not
   */
  @Coroutine
  public static <T extends @Nullable Object> T await(Future<T> future) {
    return PlainCall.run("Task.await", c -> await(future, c));
  }

  /**
   * The twin of {@link #await(Future)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T await(Future<T> future, Continuation c) {
    return future instanceof CompletableFuture<T> f ? await(f, c) : Awaiting.any(future, c);
  }

  /**
   * Waits until a future is complete, and declares what it may fail with, so that {@code catch} clauses for it compile.
   *
   * @param stage any
   * @param failure a class of exceptions that the caller wants declared; others are thrown all the same
   * @param <T> the type of the value
   * @param <X> the type of the exceptions
   * @return its value
   * @throws X the future's failure
   */
  @Coroutine
  public static <T extends @Nullable Object, X extends Throwable> T await(CompletionStage<T> stage, Class<X> failure) throws X {
    return PlainCall.run("Task.await", c -> await(stage, failure, c));
  }

  /**
   * The twin of {@link #await(CompletionStage, Class)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object, X extends Throwable> T await(CompletionStage<T> stage, Class<X> failure, Continuation c)
      throws X {
    return await(stage, c);
  }

  /**
   * Waits until this task has ended; see {@link #await(CompletionStage)}.
   *
   * @return its result; its failure is thrown as it is, checked or not
   */
  @Coroutine
  public final T await() {
    return PlainCall.run("Task.await", this::await);
  }

  /**
   * The twin of {@link #await()}; not for users.
   *
   * @hidden
   */
  public final T await(Continuation c) {
    return await((CompletableFuture<T>) this, c);
  }

  // ---- other waits

  /**
   * Waits for a while.
   *
   * @param time how long; zero or less lets the others run, as {@link #yield()}
   */
  @Coroutine
  public static void sleep(Duration time) {
    PlainCall.run("Task.sleep", c -> {
      sleep(time, c);
      return null;
    });
  }

  /**
   * The twin of {@link #sleep(Duration)}; not for users.
   *
   * @hidden
   */
  public static void sleep(Duration time, Continuation c) {
    Sleep.begin(time, c);
  }

  /** Lets the other tasks that are ready run first. */
  @Coroutine
  public static void yield() {
    PlainCall.run("Task.yield", c -> {
      Task.yield(c);
      return null;
    });
  }

  /**
   * The twin of {@link #yield()}; not for users.
   *
   * @hidden
   */
  public static void yield(Continuation c) {
    TaskContinuation.toWait(c, "Task.yield").pause();
  }

  /**
   * Waits until somebody resumes it: wraps any API that calls back.
   *
   * @param register called at once with the resumption; what it throws, the wait throws
   * @param <T> the type of what it is resumed with
   * @return what it was resumed with
   */
  @Coroutine
  public static <T extends @Nullable Object> T suspend(Consumer<Resumption<T>> register) {
    return PlainCall.run("Task.suspend", c -> suspend(register, c));
  }

  /**
   * The twin of {@link #suspend(Consumer)}; not for users.
   *
   * @hidden
   */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <T extends @Nullable Object> T suspend(Consumer<Resumption<T>> register, Continuation c) {
    Objects.requireNonNull(register, "register");
    TaskContinuation tc = TaskContinuation.toWait(c, "Task.suspend");
    Resumption<T> r = new Resumption<>(tc.task());
    try {
      register.accept(r);
    } catch (Throwable t) {
      if (!r.fail(t)) {
        Unobserved.report("the body of Task.suspend failed after it had resumed the task", t);
      }
    }
    tc.suspend(r);
    return (T) null;
  }

  // ---- as a future

  /**
   * Requests that the task end: its current wait and each later one throw {@link TaskCancelled}, except in {@link #shield}. A value
   * that the body returns all the same is its outcome.
   *
   * @param mayInterruptIfRunning has no effect
   * @return false if the task has ended
   */
  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (!setFlag(CANCELLED)) {
      return false;
    }
    cancelWait();
    return true;
  }

  /** Requests that the body be cancelled and this be the outcome; false if it has ended, or another outcome was requested. */
  @Override
  public boolean complete(T value) {
    return request(new TaskDetails.Requested(value, null));
  }

  /** Requests that the body be cancelled and this be the outcome; false if it has ended, or another outcome was requested. */
  @Override
  public boolean completeExceptionally(Throwable failure) {
    return request(new TaskDetails.Requested(null, Objects.requireNonNull(failure, "failure")));
  }

  @Override
  public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
    Objects.requireNonNull(supplier, "supplier");
    executor.execute(() -> {
      try {
        complete(supplier.get());
      } catch (Throwable t) {
        completeExceptionally(t);
      }
    });
    return this;
  }

  @Override
  public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier) {
    return completeAsync(supplier, defaultExecutor());
  }

  /** Not possible: a task's outcome is its body's. */
  @Override
  public void obtrudeValue(T value) {
    throw new UnsupportedOperationException("obtrudeValue on a task: its outcome is that of its body");
  }

  /** Not possible: a task's outcome is its body's. */
  @Override
  public void obtrudeException(Throwable failure) {
    throw new UnsupportedOperationException("obtrudeException on a task: its outcome is that of its body");
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    observed(); // Each dependent is made by this method, and carries the failure on.
    return new CompletableFuture<>();
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    checkMayBlock("get");
    return super.get();
  }

  @Override
  public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
    checkMayBlock("get");
    return super.get(timeout, unit);
  }

  @Override
  public T join() {
    checkMayBlock("join");
    return super.join();
  }

  @Override
  public T getNow(T valueIfAbsent) {
    observed();
    return super.getNow(valueIfAbsent);
  }

  private void checkMayBlock(String method) {
    observed();
    if (!isDone() && scheduler.ownsThisThread()) {
      throw new IllegalStateException(
          "Task." + method + " of an unfinished task\n  because: this thread runs its event loop, so the task could never end\n"
              + "  fix: Task.await(task), in a @Coroutine");
    }
  }

  // ---- cancellation

  private boolean request(TaskDetails.Requested outcome) {
    if (isDone() || !details().request(outcome) || !setFlag(CANCELLED | OUTCOME_REQUESTED)) {
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
    Resumption<?> w = waiting;
    // If w is still undecided when it is cancelled, then the task was parked in it all the time, so the scope read is w's.
    if (w != null && isCancelPending()) {
      w.cancel();
    }
  }

  /** Whether its waits throw {@link TaskCancelled}. */
  final boolean isCancelPending() {
    for (CancelScope s = scope; s != null; s = s.parent) {
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
      throw PlainFrames.wouldBlock(operation, "of a generator's body");
    }
    if ((scope != null || (f & CANCELLED) != 0) && isCancelPending()) {
      throw cancellation();
    }
  }

  /** It is a plain call in a generator's body: its wait fails, and each later one does. */
  final void mayNotWait() {
    setFlag(MAY_NOT_WAIT);
    Resumption<?> w = waiting;
    if (w != null && w.fail(PlainFrames.wouldBlock("the wait", "of a generator's body"))) {
      w.withdrawn();
    }
  }

  /** What a wait of the cancelled task throws: the outermost cancellation that reaches it. */
  final TaskCancelled cancellation() {
    CancelScope origin = null;
    for (CancelScope s = scope; s != null; s = s.parent) {
      if (s.isExpired()) {
        origin = s;
      }
      if (s.shield) {
        return new TaskCancelled("the time was up", origin);
      }
    }
    return (flags & CANCELLED) != 0
        ? new TaskCancelled(this + " was cancelled", null)
        : new TaskCancelled("the time was up", origin);
  }

  // ---- turns, called by TaskContinuation

  final void waitFor(Resumption<?> w) {
    waiting = w; // Volatile, before the flags are read: whoever cancels sets them first and looks here then.
    if ((scope != null || (flags & CANCELLED) != 0) && isCancelPending()) {
      w.cancel();
    }
  }

  final @Nullable Resumption<?> waitsFor() {
    return waiting;
  }

  /** Begins a turn: gives the continuation the outcome of the wait. */
  final @Nullable Frame unpark(TaskContinuation c) {
    Frame f = leaf;
    leaf = null;
    Resumption<?> w = (Resumption<?>) WAITING.get(this);
    if (w != null) {
      WAITING.set(this, null);
      w.deliver(this, c);
    } else if ((flags & (STARTED | CANCELLED)) != STARTED || scope != null) {
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

  final boolean hasStarted() {
    return (flags & STARTED) != 0;
  }

  final void park(@Nullable Frame f) {
    leaf = f;
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

  @SuppressWarnings("unchecked")
  private void end(@Nullable Object value, @Nullable Throwable failure) {
    int f = (int) FLAGS.getAndBitwiseOr(this, ENDED);
    scope = null;
    beforeDone(value, failure);
    scheduler.ended(this);
    if ((f & OUTCOME_REQUESTED) != 0) {
      setOutcome(details.requested());
    } else if (failure == null) {
      super.complete((f & GIVES_NOTHING) != 0 ? null : (T) value);
    } else if ((f & CANCELLED) != 0 && failure instanceof TaskCancelled c && c.origin() == null) {
      super.cancel(false);
    } else {
      fail(failure);
    }
  }

  @SuppressWarnings("unchecked")
  private void setOutcome(TaskDetails.Requested outcome) {
    if (outcome.failure() == null) {
      super.complete((T) outcome.value());
    } else {
      fail(outcome.failure());
    }
  }

  private void fail(Throwable failure) {
    // A foreign CancellationException is a failure: isCancelled is for tasks that were.
    super.completeExceptionally(failure instanceof CancellationException ? new CompletionException(failure) : failure);
    if ((flags & OBSERVED) == 0 && getNumberOfDependents() == 0) {
      Unobserved.watch(this, failure);
    }
  }

  /** The body has ended, but {@link #isDone} doesn't say so yet. */
  void beforeDone(@Nullable Object value, @Nullable Throwable failure) {}

  // ---- details

  /** Somebody asks for the outcome, so that a failure isn't lost. */
  final void observed() {
    if ((flags & OBSERVED) == 0) {
      FLAGS.getAndBitwiseOr(this, OBSERVED);
      Unobserved.forget(this);
    }
  }

  final TaskDetails details() {
    TaskDetails d = details;
    if (d == null) {
      d = new TaskDetails(null);
      if (!DETAILS.compareAndSet(this, null, d)) {
        d = details;
      }
    }
    return d;
  }

  final @Nullable TaskDetails detailsIfAny() {
    return details;
  }
}
