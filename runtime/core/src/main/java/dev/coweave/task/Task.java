package dev.coweave.task;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineFunction;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.JavaStack;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
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
public class Task<T extends @Nullable Object> extends TaskState<T> {
  // In here: the words that users write. How a task lives is in TaskState, how it is a
  // future in TaskFuture.

  private static final Operation START = Operation.of(Task.class, "start");
  private static final Operation CURRENT = Operation.of(Task.class, "current");
  private static final Operation YIELD = Operation.of(Task.class, "yield");

  Task(Scheduler scheduler, @Nullable Frame start, int kind) {
    super(scheduler, start, kind);
  }

  static Task<?> ofAsyncCall(Scheduler scheduler) {
    Task<?> t = new Task<>(scheduler, null, STARTED | ASYNC_CALL);
    t.inherit(null);
    return t;
  }

  static Task<?> ofPlainCall(Scheduler scheduler) {
    return new Task<>(scheduler, null, STARTED | OBSERVED | PLAIN_CALL | UNASKED);
  }

  static <T extends @Nullable Object> Task<T> of(Scheduler scheduler, CoroutineCallable<T> body) {
    return new Task<>(scheduler, Start.of(Objects.requireNonNull(body, "body")), 0);
  }

  static Task<Void> of(Scheduler scheduler, CoroutineRunnable body) {
    return new Task<>(scheduler, Start.of(Objects.requireNonNull(body, "body")), GIVES_NOTHING);
  }

  @Override
  final @Nullable Object returned(@Nullable Object stage, TaskContinuation c) {
    return Awaiting.returned(stage, c);
  }

  /** Starts to run. */
  final Task<T> begin(@Nullable String name) {
    inherit(name);
    scheduler.begin(this, false);
    return this;
  }

  // ---- tasks that have ended

  /**
   * A task that has ended with a value, for where a task is asked for and the value is there; C#'s {@code Task.FromResult}.
   *
   * <pre>{@code
   * Task<String> name(int id) { String s = cache.get(id); return s != null ? Task.completed(s) : Task.start(() -> load(id)); }
   * }</pre>
   *
   * @param value may be null
   * @param <T> its type
   */
  public static <T extends @Nullable Object> Task<T> completed(T value) {
    return ended(value, null);
  }

  /**
   * A task that has failed; C#'s {@code Task.FromException}. It is not reported if nobody asks it.
   *
   * @param failure what awaiting it throws, checked or not
   * @param <T> the type of the result that it doesn't have
   */
  public static <T extends @Nullable Object> Task<T> failed(Throwable failure) {
    return ended(null, Objects.requireNonNull(failure, "failure"));
  }

  @SuppressWarnings("NullAway") // of a failed one there is no value
  private static <T extends @Nullable Object> Task<T> ended(
      @Nullable T value, @Nullable Throwable failure) {
    Task<T> t = new Task<>(new ExecutorScheduler(Runnable::run), null, STARTED | OBSERVED);
    t.endedBefore(value, failure);
    return t;
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
    return of(loop(START).scheduler(), body).begin(null);
  }

  /**
   * Starts a task without a result; see {@link #start(CoroutineCallable)}.
   *
   * @param body what it does
   * @return the task
   */
  public static Task<Void> start(CoroutineRunnable body) {
    return of(loop(START).scheduler(), body).begin(null);
  }

  /**
   * Starts a task with a name; see {@link #start(CoroutineCallable)}.
   *
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @param <T> the type of its result
   * @return the task
   */
  public static <T extends @Nullable Object> Task<T> start(String name, CoroutineCallable<T> body) {
    return of(loop(START).scheduler(), body).begin(Objects.requireNonNull(name, "name"));
  }

  /**
   * Starts a task with a name and without a result; see {@link #start(CoroutineCallable)}.
   *
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @return the task
   */
  public static Task<Void> start(String name, CoroutineRunnable body) {
    return of(loop(START).scheduler(), body).begin(Objects.requireNonNull(name, "name"));
  }

  /**
   * Starts a task that always runs in an executor: each turn is a job of it.
   *
   * @param executor any: a pool, Swing's event thread, Netty's event loop, {@code Runnable::run}
   * @param body what it does
   * @param <T> the type of its result
   * @return the task
   */
  public static <T extends @Nullable Object> Task<T> start(
      Executor executor, CoroutineCallable<T> body) {
    return of(ExecutorScheduler.of(executor), body).begin(null);
  }

  /**
   * Starts a task without a result; see {@link #start(Executor, CoroutineCallable)}.
   *
   * @param executor any
   * @param body what it does
   * @return the task
   */
  public static Task<Void> start(Executor executor, CoroutineRunnable body) {
    return of(ExecutorScheduler.of(executor), body).begin(null);
  }

  /**
   * Starts a task with a name in an executor; see {@link #start(Executor, CoroutineCallable)}.
   *
   * @param executor any
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @param <T> the type of its result
   * @return the task
   */
  public static <T extends @Nullable Object> Task<T> start(
      Executor executor, String name, CoroutineCallable<T> body) {
    return of(ExecutorScheduler.of(executor), body).begin(Objects.requireNonNull(name, "name"));
  }

  /**
   * Starts a task with a name and without a result in an executor; see {@link #start(Executor, CoroutineCallable)}.
   *
   * @param executor any
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @return the task
   */
  public static Task<Void> start(Executor executor, String name, CoroutineRunnable body) {
    return of(ExecutorScheduler.of(executor), body).begin(Objects.requireNonNull(name, "name"));
  }

  /**
   * The task that runs on the calling thread.
   *
   * @throws IllegalStateException when there is none
   */
  public static Task<?> current() {
    return current(CURRENT);
  }

  static Task<?> current(Operation operation) {
    Task<?> t = (Task<?>) loop(operation).current();
    if (t == null) {
      throw new IllegalStateException(
          operation + " outside a task: this thread runs a loop, but no task of it");
    }
    return t;
  }

  /** The tasks of the current loop that have not ended, oldest first; none where no loop runs. */
  public static List<Task<?>> all() {
    TaskContinuation here = TaskContinuation.here();
    return here == null
        ? List.of()
        : here.scheduler().tasks().stream().<Task<?>>map(t -> (Task<?>) t).toList();
  }

  private static TaskContinuation loop(Operation operation) {
    TaskContinuation here = TaskContinuation.here();
    if (here == null) {
      JavaStack.checkWoven(operation);
      throw new IllegalStateException(
          operation
              + " outside a task\n"
              + "  because: this thread runs no event loop, so nothing would run the task\n"
              + "  fix: run the code in EventLoop.run(() -> …), use Task.start(executor, () -> …)"
              + " or EventLoop.open(name).start(() -> …), or make the caller a @Coroutine");
    }
    return here;
  }

  // ---- awaiting

  /**
   * Waits until a future is complete, and returns its value.
   *
   * @param stage any; a future that is complete already doesn't suspend
   * @param <T> the type of the value
   * @return its value
   * @throws CancellationException if it was cancelled
   * @throws TaskCancelled if the waiting task was cancelled
   */
  @Coroutine
  public static <T extends @Nullable Object> T await(CompletionStage<T> stage) {
    return PlainCall.run(Awaiting.AWAIT, c -> await(stage, c));
  }

  /**
   * The twin of {@link #await(CompletionStage)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T await(CompletionStage<T> stage, Continuation c) {
    return Awaiting.begin(stage, c);
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
    return PlainCall.run(Awaiting.AWAIT, c -> await(future, c));
  }

  /**
   * The twin of {@link #await(CompletableFuture)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T await(CompletableFuture<T> future, Continuation c) {
    return Awaiting.complete(future, c);
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
    return PlainCall.run(Awaiting.AWAIT, c -> await(future, c));
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
  public static <T extends @Nullable Object, X extends Throwable> T await(
      CompletionStage<T> stage, Class<X> failure) throws X {
    return PlainCall.run(Awaiting.AWAIT, c -> await(stage, failure, c));
  }

  /**
   * The twin of {@link #await(CompletionStage, Class)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object, X extends Throwable> T await(
      CompletionStage<T> stage, Class<X> failure, Continuation c) throws X {
    return await(stage, c);
  }

  /**
   * Waits until this task has ended; see {@link #await(CompletionStage)}.
   *
   * @return its result; its failure is thrown as it is, checked or not
   */
  @Coroutine
  public final T await() {
    return PlainCall.run(Awaiting.AWAIT, this::await);
  }

  /**
   * The twin of {@link #await()}; not for users.
   *
   * @hidden
   */
  public final T await(Continuation c) {
    return await((CompletableFuture<T>) this, c);
  }

  /**
   * Waits until a future is complete, as {@link #await(CompletionStage)}, and cancels it if this task is cancelled meanwhile: for a future that
   * nobody else needs. asyncio's and kotlinx's {@code await} do so always.
   *
   * <pre>{@code
   * HttpResponse<String> r = Task.awaitOrCancel(client.sendAsync(request, ofString()));
   * }</pre>
   *
   * @param stage any whose future can be cancelled
   * @param <T> the type of the value
   * @return its value; its failure is thrown as it is, checked or not
   */
  @Coroutine
  public static <T extends @Nullable Object> T awaitOrCancel(CompletionStage<T> stage) {
    return PlainCall.run(CancellingAwait.OPERATION, c -> awaitOrCancel(stage, c));
  }

  /**
   * The twin of {@link #awaitOrCancel(CompletionStage)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T awaitOrCancel(
      CompletionStage<T> stage, Continuation c) {
    return new CancellingAwait<>(stage).begin(c);
  }

  /**
   * Waits until all of some futures are complete; kotlinx's {@code awaitAll}, asyncio's {@code gather}, C#'s {@code WhenAll}. The first failure ends
   * the wait at once; the futures go on: a {@link TaskScope} cancels them too.
   *
   * <pre>{@code
   * List<Integer> sizes = Task.awaitAll(List.of(sizeOf(A), sizeOf(B)));
   * }</pre>
   *
   * @param stages any, tasks among them
   * @param <T> the type of the values
   * @return the values, in the order of the futures
   */
  @Coroutine
  public static <T extends @Nullable Object> List<T> awaitAll(
      Collection<? extends CompletionStage<? extends T>> stages) {
    return PlainCall.run(Gathering.AWAIT_ALL, c -> awaitAll(stages, c));
  }

  /**
   * The twin of {@link #awaitAll(Collection)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> List<T> awaitAll(
      Collection<? extends CompletionStage<? extends T>> stages, Continuation c) {
    return Gathering.<T>all(stages).begin(c);
  }

  /**
   * Waits until one of some futures is complete, with a value or a failure; C#'s {@code WhenAny}, kotlinx's {@code select}, asyncio's {@code wait}. The
   * others go on.
   *
   * <pre>{@code
   * String fastest = Task.awaitAny(List.of(ask(mirrorA), ask(mirrorB)));
   * }</pre>
   *
   * @param stages any, at least one
   * @param <T> the type of the values
   * @return the value of the one that was complete first; its failure is thrown as it is, checked or not
   * @throws IllegalArgumentException if there is none
   */
  @Coroutine
  public static <T extends @Nullable Object> T awaitAny(
      Collection<? extends CompletionStage<? extends T>> stages) {
    return PlainCall.run(Gathering.AWAIT_ANY, c -> awaitAny(stages, c));
  }

  /**
   * The twin of {@link #awaitAny(Collection)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T awaitAny(
      Collection<? extends CompletionStage<? extends T>> stages, Continuation c) {
    return Gathering.<T>any(stages).begin(c);
  }

  /**
   * Maps items by a function that waits, so many of them at a time, each in a child task; C#'s {@code Parallel.ForEachAsync}, kotlinx's
   * {@code flatMapMerge}. The first failure cancels the rest.
   *
   * <pre>{@code
   * List<Page> pages = Task.mapAll(uris, 10, uri -> fetch(uri));
   * }</pre>
   *
   * @param items what is mapped; iterated as places become free
   * @param limit how many at a time; positive
   * @param f what is done with each
   * @param <T> the type of the items
   * @param <R> the type of the results
   * @return the results, in the order of the items
   */
  @Coroutine
  public static <T extends @Nullable Object, R extends @Nullable Object> List<R> mapAll(
      Iterable<? extends T> items, int limit, CoroutineFunction<? super T, ? extends R> f) {
    return PlainCall.run(Gathering.MAP_ALL, c -> mapAll(items, limit, f, c));
  }

  /**
   * The twin of {@link #mapAll(Iterable, int, CoroutineFunction)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object, R extends @Nullable Object> List<R> mapAll(
      Iterable<? extends T> items,
      int limit,
      CoroutineFunction<? super T, ? extends R> f,
      Continuation c) {
    return Gathering.<T, R>map(items, limit, f).begin(c);
  }

  // ---- other waits

  /**
   * Waits for a while.
   *
   * @param time how long; zero or less lets the others run, as {@link #yield()}
   */
  @Coroutine
  public static void sleep(Duration time) {
    PlainCall.act(Sleep.OPERATION, c -> sleep(time, c));
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
    PlainCall.act(YIELD, Task::yield);
  }

  /**
   * The twin of {@link #yield()}; not for users.
   *
   * @hidden
   */
  public static void yield(Continuation c) {
    if (c instanceof TaskContinuation alone && alone.isAlone()) {
      return;
    }
    TaskContinuation tc =
        TaskContinuation.isSpent(c)
            ? (TaskContinuation) c // If it is cancelled, it learns that when the others have run.
            : TaskContinuation.toPause(c, YIELD);
    tc.pause();
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
    return PlainCall.run(Resumption.OPERATION, c -> suspend(register, c));
  }

  /**
   * The twin of {@link #suspend(Consumer)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T suspend(
      Consumer<Resumption<T>> register, Continuation c) {
    Objects.requireNonNull(register, "register");
    if (TaskContinuation.isSpent(c)) {
      return AfterPause.run(Resumption.OPERATION, d -> suspend(register, d), c);
    }
    TaskContinuation tc = TaskContinuation.toWait(c, Resumption.OPERATION);
    Resumption<T> r = new Suspension<>(tc.task());
    try {
      register.accept(r);
    } catch (Throwable t) {
      if (!r.fail(t)) {
        RuntimeLog.error("the body of Task.suspend failed after it had resumed the task", t);
      }
    }
    return tc.suspend(r);
  }

  /**
   * Runs a body for at most a while: then its waits throw {@link TaskCancelled}, and this throws {@link TimeoutException}. A value
   * that the body returns all the same is the result. The body runs in this task.
   *
   * @param time how long; if zero or less, the body runs to its first wait
   * @param body what to run
   * @param <T> the type of its result
   * @return its result; its failure is thrown as it is, checked or not
   * @throws TimeoutException if the time was up
   */
  @Coroutine
  public static <T extends @Nullable Object> T timeout(Duration time, CoroutineCallable<T> body)
      throws TimeoutException {
    return PlainCall.run(ScopedCall.TIMEOUT, c -> timeout(time, body, c));
  }

  /**
   * The twin of {@link #timeout(Duration, CoroutineCallable)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T timeout(
      Duration time, CoroutineCallable<T> body, Continuation c) throws TimeoutException {
    return ScopedCall.call(false, Objects.requireNonNull(time, "time"), body, c);
  }

  /**
   * Runs a body for at most a while; see {@link #timeout(Duration, CoroutineCallable)}.
   *
   * @param time how long
   * @param body what to run
   * @throws TimeoutException if the time was up
   */
  @Coroutine
  public static void timeout(Duration time, CoroutineRunnable body) throws TimeoutException {
    PlainCall.act(ScopedCall.TIMEOUT, c -> timeout(time, body, c));
  }

  /**
   * The twin of {@link #timeout(Duration, CoroutineRunnable)}; not for users.
   *
   * @hidden
   */
  public static void timeout(Duration time, CoroutineRunnable body, Continuation c)
      throws TimeoutException {
    ScopedCall.run(false, Objects.requireNonNull(time, "time"), body, c);
  }

  /**
   * Runs a body for at most a while, as {@link #timeout(Duration, CoroutineCallable)}, and returns another value where the time was up; kotlinx's
   * {@code withTimeoutOrNull}, Trio's {@code move_on_after}.
   *
   * <pre>{@code
   * String answer = Task.timeoutOr(Duration.ofSeconds(1), "nobody", () -> ask());
   * }</pre>
   *
   * @param time how long
   * @param other what it returns then; may be null
   * @param body what to run
   * @param <T> the type of the result
   * @return the body's result, or the other; what the body throws, a {@link TimeoutException} of its own too, is thrown as it is
   */
  @Coroutine
  public static <T extends @Nullable Object> T timeoutOr(
      Duration time, T other, CoroutineCallable<T> body) {
    return PlainCall.run(ScopedCall.TIMEOUT_OR, c -> timeoutOr(time, other, body, c));
  }

  /**
   * The twin of {@link #timeoutOr(Duration, Object, CoroutineCallable)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T timeoutOr(
      Duration time, T other, CoroutineCallable<T> body, Continuation c) {
    return ScopedCall.callOr(Objects.requireNonNull(time, "time"), other, body, c);
  }

  /**
   * Runs a body that the cancellation of this task, or of a timeout around, doesn't reach: for cleaning up. The first wait after it
   * throws {@link TaskCancelled} then. The body runs in this task.
   *
   * @param body what to run
   * @param <T> the type of its result
   * @return its result; its failure is thrown as it is, checked or not
   */
  @Coroutine
  public static <T extends @Nullable Object> T shield(CoroutineCallable<T> body) {
    return PlainCall.run(ScopedCall.SHIELD, c -> shield(body, c));
  }

  /**
   * The twin of {@link #shield(CoroutineCallable)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T shield(CoroutineCallable<T> body, Continuation c) {
    return ScopedCall.call(true, null, body, c);
  }

  /**
   * Runs a body that cancellation doesn't reach; see {@link #shield(CoroutineCallable)}.
   *
   * @param body what to run
   */
  @Coroutine
  public static void shield(CoroutineRunnable body) {
    PlainCall.act(ScopedCall.SHIELD, c -> shield(body, c));
  }

  /**
   * The twin of {@link #shield(CoroutineRunnable)}; not for users.
   *
   * @hidden
   */
  public static void shield(CoroutineRunnable body, Continuation c) {
    ScopedCall.run(true, null, body, c);
  }

  /**
   * A {@link #shield(CoroutineCallable)} that is a {@link #timeout(Duration, CoroutineCallable)} too: for cleaning up that must not
   * take for ever.
   *
   * @param time how long
   * @param body what to run
   * @param <T> the type of its result
   * @return its result; its failure is thrown as it is, checked or not
   * @throws TimeoutException if the time was up
   */
  @Coroutine
  public static <T extends @Nullable Object> T shield(Duration time, CoroutineCallable<T> body)
      throws TimeoutException {
    return PlainCall.run(ScopedCall.SHIELD, c -> shield(time, body, c));
  }

  /**
   * The twin of {@link #shield(Duration, CoroutineCallable)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T shield(
      Duration time, CoroutineCallable<T> body, Continuation c) throws TimeoutException {
    return ScopedCall.call(true, Objects.requireNonNull(time, "time"), body, c);
  }

  /**
   * A shield with a deadline; see {@link #shield(Duration, CoroutineCallable)}.
   *
   * @param time how long
   * @param body what to run
   * @throws TimeoutException if the time was up
   */
  @Coroutine
  public static void shield(Duration time, CoroutineRunnable body) throws TimeoutException {
    PlainCall.act(ScopedCall.SHIELD, c -> shield(time, body, c));
  }

  /**
   * The twin of {@link #shield(Duration, CoroutineRunnable)}; not for users.
   *
   * @hidden
   */
  public static void shield(Duration time, CoroutineRunnable body, Continuation c)
      throws TimeoutException {
    ScopedCall.run(true, Objects.requireNonNull(time, "time"), body, c);
  }

  /**
   * Makes a call that blocks, on a worker thread. If this task is cancelled meanwhile, the worker is interrupted, and the wait ends
   * when the call has ended; a value that it returns all the same is the result. As many calls run at the same time as the system property
   * {@code coweave.workers} says, 256 unless it is set; the others wait, first come, first served.
   *
   * @param call what may block; must not use coroutines of this task
   * @param <T> the type of its result
   * @return its result; its failure is thrown as it is, checked or not
   */
  @Coroutine
  public static <T extends @Nullable Object> T blocking(Callable<T> call) {
    return PlainCall.run(Blocking.OPERATION, c -> blocking(call, c));
  }

  /**
   * The twin of {@link #blocking(Callable)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T blocking(Callable<T> call, Continuation c) {
    return Blocking.begin(call, c);
  }

  /**
   * Makes a call that blocks, in an executor: where calls of one kind shall have threads or a bound of their own. Otherwise as {@link
   * #blocking(Callable)}.
   *
   * <pre>{@code
   * static final Executor DATABASE = Executors.newFixedThreadPool(8);
   * … Row r = Task.blocking(DATABASE, () -> query(id));
   * }</pre>
   *
   * @param executor what runs the call; what it throws instead, such as {@link java.util.concurrent.RejectedExecutionException}, is thrown
   * @param call what may block; must not use coroutines of this task
   * @param <T> the type of its result
   * @return its result; its failure is thrown as it is, checked or not
   */
  @Coroutine
  public static <T extends @Nullable Object> T blocking(Executor executor, Callable<T> call) {
    return PlainCall.run(Blocking.OPERATION, c -> blocking(executor, call, c));
  }

  /**
   * The twin of {@link #blocking(Executor, Callable)}; not for users.
   *
   * @hidden
   */
  public static <T extends @Nullable Object> T blocking(
      Executor executor, Callable<T> call, Continuation c) {
    return Blocking.begin(executor, call, c);
  }
}
