package dev.coweave.task;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Stamp;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Tasks that end before the block that started them does.
 *
 * <pre>{@code
 * try (TaskScope scope = TaskScope.open()) {
 *   Task<String> a = scope.fork(() -> fetch(A));
 *   Task<String> b = scope.fork(() -> fetch(B));
 *   scope.join();
 *   return a.join() + b.join();
 * }
 * }</pre>
 *
 * <p>{@link #join} and {@link #close} are for the task that opened the scope; the rest may be called by any.
 */
@Stamp(abi = Stamp.ABI)
public final class TaskScope extends Unfinished implements AutoCloseable {
  private static final Operation OPEN = Operation.of(TaskScope.class, "open");

  /** How a scope answers to the end of a child. */
  public enum Policy {
    /** The first failure cancels the other children; {@link #join} throws it. */
    ALL_OR_FAIL,

    /** The first value cancels the other children; if none has one, {@link #join} throws the first failure. See {@link #first}. */
    FIRST_SUCCESS,

    /** Each child runs to its end; {@link #join} doesn't throw their failures. */
    ALL_OUTCOMES
  }

  /*
   *           fork             join: no child left                       close
   *   OPEN ──────────► OPEN ──────────────────────► OPEN, joined ───────────────────► CLOSED
   *     ├── close: cancels the children, waits for them ───────────────────────────────┤
   *     └── its owner ends without closing it: says so, cancels the children ──────────┘
   */

  private final TaskState<?> owner;
  private final Policy policy;

  // All guarded by this.
  private final ScopedTask.Siblings children = new ScopedTask.Siblings();
  private @Nullable ChildWait waiting;
  private final Failures failures = new Failures();
  private @Nullable Task<?> first;
  private boolean cancelled;

  /** Each child has been cancelled: where memory or stack ran out before, that is done again. */
  private volatile boolean childrenKnow;

  private boolean joined;
  private boolean closed;

  /** Children may run elsewhere than their owner, who then doesn't wait for its own loop alone. */
  private volatile boolean elsewhere;

  /** Its owner has ended without closing it: nobody will ask for failures. */
  private boolean abandoned;

  /** The owner waits until no child is left. */
  static final class ChildWait extends Resumption<@Nullable Void> {
    private final TaskScope scope;

    ChildWait(TaskScope scope) {
      super(scope.owner);
      this.scope = scope;
    }

    @Override
    protected List<TaskState<?>> blockers() {
      synchronized (scope) {
        return scope.children.copy();
      }
    }

    @SuppressWarnings("NullAway") // a Void is null
    void over() {
      resume(null);
    }

    @Override
    protected Operation operation() {
      return Joining.JOIN;
    }

    @Override
    protected boolean isInternal() {
      return !scope.elsewhere;
    }
  }

  private TaskScope(TaskState<?> owner, Policy policy) {
    this.owner = owner;
    this.policy = policy;
    owner.begun(this);
  }

  /**
   * Opens a scope in the current task, of the policy {@link Policy#ALL_OR_FAIL}.
   *
   * @return the scope, to be closed by the same task
   * @throws IllegalStateException outside tasks
   */
  public static TaskScope open() {
    return open(Policy.ALL_OR_FAIL);
  }

  /**
   * Opens a scope in the current task.
   *
   * @param policy what it does when a child ends
   * @return the scope, to be closed by the same task
   * @throws IllegalStateException outside tasks
   */
  public static TaskScope open(Policy policy) {
    return new TaskScope(Task.current(OPEN), Objects.requireNonNull(policy, "policy"));
  }

  /**
   * Starts a child, where the owner runs. In a scope that has been cancelled it runs to its first wait.
   *
   * @param body what it does
   * @param <T> the type of its result
   * @return the child
   * @throws IllegalStateException if the scope is closed
   */
  public <T extends @Nullable Object> Task<T> fork(CoroutineCallable<T> body) {
    return begin(null, child(here(), body));
  }

  /**
   * Starts a child with a name; see {@link #fork(CoroutineCallable)}.
   *
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @param <T> the type of its result
   * @return the child
   * @throws IllegalStateException if the scope is closed
   */
  public <T extends @Nullable Object> Task<T> fork(String name, CoroutineCallable<T> body) {
    return begin(Objects.requireNonNull(name, "name"), child(here(), body));
  }

  /**
   * Starts a child without a result; see {@link #fork(CoroutineCallable)}.
   *
   * @param body what it does
   * @return the child
   */
  public Task<Void> fork(CoroutineRunnable body) {
    return begin(null, child(here(), body));
  }

  /**
   * Starts a child with a name and without a result; see {@link #fork(CoroutineCallable)}.
   *
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @return the child
   */
  public Task<Void> fork(String name, CoroutineRunnable body) {
    return begin(Objects.requireNonNull(name, "name"), child(here(), body));
  }

  /**
   * Starts a child that always runs in an executor, as {@link Task#start(Executor, CoroutineCallable)}; it belongs to this scope as the others do.
   *
   * <pre>{@code
   * Task<Image> thumbnail = scope.fork(pool, () -> shrink(await(picture)));     // computes on the pool's threads
   * scope.fork(gui, () -> progress.show());                                     // and this on Swing's
   * }</pre>
   *
   * @param executor any; what it throws as it is given the child, such as {@link java.util.concurrent.RejectedExecutionException}, is thrown
   * @param body what it does
   * @param <T> the type of its result
   * @return the child
   * @throws IllegalStateException if the scope is closed
   */
  public <T extends @Nullable Object> Task<T> fork(Executor executor, CoroutineCallable<T> body) {
    return begin(null, child(in(executor), body));
  }

  /**
   * Starts a child with a name in an executor; see {@link #fork(Executor, CoroutineCallable)}.
   *
   * @param executor any
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @param <T> the type of its result
   * @return the child
   */
  public <T extends @Nullable Object> Task<T> fork(
      Executor executor, String name, CoroutineCallable<T> body) {
    return begin(Objects.requireNonNull(name, "name"), child(in(executor), body));
  }

  /**
   * Starts a child without a result in an executor; see {@link #fork(Executor, CoroutineCallable)}.
   *
   * @param executor any
   * @param body what it does
   * @return the child
   */
  public Task<Void> fork(Executor executor, CoroutineRunnable body) {
    return begin(null, child(in(executor), body));
  }

  /**
   * Starts a child with a name and without a result in an executor; see {@link #fork(Executor, CoroutineCallable)}.
   *
   * @param executor any
   * @param name by which stack traces, dumps and reports call it; need not be unique
   * @param body what it does
   * @return the child
   */
  public Task<Void> fork(Executor executor, String name, CoroutineRunnable body) {
    return begin(Objects.requireNonNull(name, "name"), child(in(executor), body));
  }

  private Scheduler here() {
    return owner.scheduler.sibling();
  }

  private Scheduler in(Executor executor) {
    Scheduler s = ExecutorScheduler.of(executor);
    if (s != owner.scheduler) {
      elsewhere = true;
    }
    return s;
  }

  private <T extends @Nullable Object> ScopedTask<T> child(
      Scheduler on, CoroutineCallable<T> body) {
    return new ScopedTask<>(on, Start.of(Objects.requireNonNull(body, "body")), 0, this);
  }

  private ScopedTask<Void> child(Scheduler on, CoroutineRunnable body) {
    Start start = Start.of(Objects.requireNonNull(body, "body"));
    return new ScopedTask<>(on, start, Task.GIVES_NOTHING, this);
  }

  private <T extends @Nullable Object> Task<T> begin(@Nullable String name, ScopedTask<T> child) {
    boolean late;
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("fork into a closed TaskScope");
      }
      children.add(child);
      joined = false;
      late = cancelled;
    }
    try {
      Task<T> unused = child.begin(name);
    } catch (Throwable t) {
      remove(child);
      throw t;
    }
    if (late) {
      child.cancel(false);
    }
    return child;
  }

  /** Cancels the children, and those that are forked from now on. Doesn't wait; any thread. */
  public void cancel() {
    List<TaskState<?>> all;
    synchronized (this) {
      cancelled = true;
      all = children.copy();
    }
    all.forEach(t -> t.cancel(false));
    childrenKnow = true;
  }

  /** The child that succeeded first; null while there is none. */
  public synchronized @Nullable Task<?> first() {
    return first;
  }

  /**
   * Waits until all children have ended, and throws the first failure, with the others suppressed. If this task is cancelled, so
   * are the children.
   *
   * @throws IllegalStateException in another task than the owner
   */
  @Coroutine
  public void join() {
    PlainCall.act(Joining.JOIN, this::join);
  }

  /**
   * The twin of {@link #join()}; not for users.
   *
   * @hidden
   */
  public void join(Continuation c) {
    checkOwner("join");
    new Joining(this, false).begin(c);
  }

  /**
   * Ends the scope: unless {@link #join} has completed, cancels the children; waits for their end. Throws what {@link #join} would, but
   * not a failure that the owner got by awaiting the child. Does nothing if it has been closed.
   *
   * @throws IllegalStateException in another task than the owner
   */
  @Override
  @Coroutine
  public void close() {
    PlainCall.act(Joining.CLOSE, this::close);
  }

  /**
   * The twin of {@link #close()}; not for users.
   *
   * @hidden
   */
  public void close(Continuation c) {
    checkOwner("close");
    boolean hasJoined;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      hasJoined = joined;
    }
    if (hasJoined) {
      owner.finished(this);
    } else {
      cancel();
      new Joining(this, true).begin(c);
    }
  }

  private void checkOwner(String operation) {
    TaskContinuation here = TaskContinuation.here();
    if (here == null || here.current() != owner) {
      throw new IllegalStateException(
          "TaskScope." + operation + " in another task than the one that opened the scope");
    }
  }

  // ---- for Joining

  TaskState<?> owner() {
    return owner;
  }

  /** Waits while there is a child. */
  boolean await(TaskContinuation tc) {
    ChildWait w = new ChildWait(this);
    synchronized (this) {
      if (children.isEmpty()) {
        return false;
      }
      waiting = w;
    }
    tc.suspend(w);
    return true;
  }

  synchronized boolean hasChildren() {
    return !children.isEmpty();
  }

  /**
   * All children have ended: returns what is to be thrown, once.
   *
   * @param interruption what ended the wait before; null for nothing
   */
  synchronized @Nullable Throwable takeFailure(boolean closing, @Nullable Throwable interruption) {
    joined = true;
    if (policy == Policy.FIRST_SUCCESS && first != null) {
      return interruption;
    }
    if (interruption != null) {
      return failures.with(interruption);
    }
    return closing ? failures.forClose() : failures.forJoin();
  }

  /** Whether the first success will do, and a child may have it yet. */
  boolean hasHope(Predicate<TaskState<?>> stuck) {
    List<TaskState<?>> all;
    synchronized (this) {
      if (policy != Policy.FIRST_SUCCESS || cancelled) {
        return false;
      }
      all = children.copy();
    }
    return !all.stream().allMatch(stuck);
  }

  // ---- for its owner

  @Override
  synchronized void got(Throwable failure) {
    failures.got(failure);
  }

  /** The owner handles a child's failure by itself, be it yet to come. */
  synchronized void handles(ScopedTask<?> child) {
    child.handledByOwner = true;
    failures.handled(child);
  }

  @Override
  void abandon() {
    List<TaskState<?>> all;
    synchronized (this) {
      abandoned = true;
      closed = true;
      cancelled = true;
      all = children.copy();
    }
    Throwable failure = takeFailure(true, null);
    if (failure != null) {
      RuntimeLog.error("a child of a TaskScope failed that was never closed", failure);
    }
    if (!all.isEmpty()) {
      RuntimeLog.warning(
          owner.label()
              + " has ended, but not the children of a TaskScope that it opened: they are"
              + " cancelled\n"
              + "  because: nobody closed the scope\n"
              + "  fix: try (TaskScope scope = TaskScope.open()) { … scope.join(); }");
      all.forEach(t -> t.cancel(false));
    }
  }

  // ---- children that end

  /** A child is about to fail. Before anybody is told, so that the owner never gets a failure that isn't here. */
  synchronized void failing(ScopedTask<?> child, Throwable failure) {
    if (abandoned) {
      RuntimeLog.error(child.label() + " failed, and its TaskScope was never closed", failure);
    } else if (policy != Policy.ALL_OUTCOMES) {
      failures.add(child, child.handledByOwner, failure);
    }
  }

  /** A child is about to end as cancelled, but something failed while it was cleaned up. */
  synchronized void failedInCancelled(Throwable failure) {
    failures.addSuppressed(failure);
  }

  /** A child has ended. Each step may be done again: where memory or stack run out this is. */
  void ended(ScopedTask<?> child) {
    if (endsOthers(child)) {
      cancel();
    }
    remove(child);
  }

  /** Whether the child's outcome cancels the others. */
  private synchronized boolean endsOthers(ScopedTask<?> child) {
    if (child.isCompletedExceptionally()) {
      return policy == Policy.ALL_OR_FAIL && !child.isCancelled() && !childrenKnow;
    }
    if (first == null) {
      first = child;
    }
    return first == child && policy == Policy.FIRST_SUCCESS;
  }

  private void remove(ScopedTask<?> child) {
    ChildWait w;
    synchronized (this) {
      children.remove(child);
      w = children.isEmpty() ? waiting : null;
    }
    if (w != null) {
      w.over();
      noLongerAwaited(w);
    }
  }

  private synchronized void noLongerAwaited(ChildWait w) {
    if (waiting == w) {
      waiting = null;
    }
  }
}
