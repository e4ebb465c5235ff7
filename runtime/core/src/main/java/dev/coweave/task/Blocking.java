package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.Settings;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The wait for a call that blocks, on a worker thread. A cancellation interrupts the worker, and the wait ends when the call has
 * ended: a task never leaves its call running behind it. A value that the call returns all the same is the wait's, and what it throws beside
 * an answer to the interrupt is suppressed by the cancellation. A call that
 * hasn't begun, because all workers are busy, is taken back instead.
 */
final class Blocking<T extends @Nullable Object> extends Resumption<T> implements Runnable {
  //            the executor runs it              it returns or throws
  //   QUEUED ───────────────────────► CALLING ─────────────────────────► ENDED
  //      │                               │ cancel: interrupts its thread
  //      └─ cancel ──────────────────────────────────────────────────────► ENDED

  private enum State {
    QUEUED,
    CALLING,
    ENDED
  }

  static final Operation OPERATION = Operation.behind(Blocking.class, "Task.blocking");

  /** How far a failure's causes are followed; they may be a circle. */
  private static final int MOST_CAUSES = 20;

  private static final ServicePool WORKERS = new ServicePool("coweave-worker-", Settings.WORKERS);

  private final Scheduler scheduler;
  private final Callable<T> call;
  private final @Nullable Contexts contexts = Contexts.ofThread();
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();

  /** Guarded by this. */
  private State state = State.QUEUED;

  /** The worker while it may be interrupted; guarded by this. */
  private @Nullable Thread worker;

  /** Guarded by this. */
  private boolean cancelled;

  /** Thrown by a call that was cancelled, if it was more than an answer to the interrupt. Written before the wait is ended. */
  private @Nullable Throwable lost;

  private Blocking(TaskState<?> task, Callable<T> call) {
    super(task);
    this.scheduler = task.scheduler;
    this.call = call;
  }

  static <T extends @Nullable Object> T begin(Callable<T> call, Continuation c) {
    Objects.requireNonNull(call, "call");
    if (TaskContinuation.isSpent(c)) {
      return AfterPause.run(OPERATION, d -> begin(call, d), c);
    }
    TaskContinuation tc = TaskContinuation.toWait(c, OPERATION);
    return begin(tc.task().scheduler.workers(WORKERS), call, tc);
  }

  static <T extends @Nullable Object> T begin(Executor executor, Callable<T> call, Continuation c) {
    Objects.requireNonNull(executor, "executor");
    Objects.requireNonNull(call, "call");
    return TaskContinuation.isSpent(c)
        ? AfterPause.run(OPERATION, d -> begin(executor, call, d), c)
        : begin(executor, call, TaskContinuation.toWait(c, OPERATION));
  }

  private static <T extends @Nullable Object> T begin(
      Executor executor, Callable<T> call, TaskContinuation tc) {
    Blocking<T> w = new Blocking<>(tc.task(), call);
    w.scheduler.working(1);
    try {
      executor.execute(w);
    } catch (Throwable t) { // It takes no more, or can't start a thread: the wait throws that.
      w.refused(t);
    }
    return tc.suspend(w);
  }

  /** It wasn't begun, nor will be. */
  private void refused(Throwable t) {
    if (endQueued()) {
      fail(t);
      scheduler.working(-1);
    }
  }

  @Override
  protected Operation operation() {
    return OPERATION;
  }

  /** The thread to look at in a thread dump. */
  @Override
  protected synchronized @Nullable String described() {
    Thread t = worker;
    return t == null
        ? state == State.QUEUED ? "a thread that is free" : null
        : "thread " + t.getName();
  }

  /** A coroutine that the call has called, and whose end its thread awaits. */
  @Override
  protected List<TaskState<?>> blockers() {
    Thread t;
    synchronized (this) {
      t = worker;
    }
    TaskState<?> called = t == null ? null : Schedulers.awaitedBy(t);
    return called == null ? List.of() : List.of(called);
  }

  @Override
  public void run() {
    try {
      if (!beginCall()) {
        return;
      }
    } catch (VirtualMachineError e) {
      refused(e);
      return;
    }
    try {
      T value = call();
      endCall();
      resume(value);
    } catch (Throwable t) {
      if (endCall()) {
        lost = isInterruption(t) ? null : t;
        endCancelled();
      } else {
        fail(t);
      }
    }
    scheduler.working(-1);
  }

  /** Whether a failure only says that the call was interrupted. */
  private static boolean isInterruption(Throwable t) {
    Throwable cause = t;
    for (int i = 0; i < MOST_CAUSES && cause != null; i++) {
      if (cause instanceof InterruptedException
          || cause instanceof ClosedByInterruptException
          || cause instanceof FileLockInterruptionException
          || cause instanceof CancellationException
          || cause.getClass() == InterruptedIOException.class) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /** Nobody else hears of it: a cancelled task's failure while it cleans up is told alike. */
  @Override
  TaskCancelled cancelled(TaskCancelled c) {
    Throwable t = lost;
    if (t != null) {
      c.addSuppressed(t);
    }
    return c;
  }

  private T call() throws Exception {
    Thread me = Thread.currentThread();
    ClassLoader ownLoader = me.getContextClassLoader();
    Contexts own = Contexts.ofThread();
    me.setContextClassLoader(loader);
    Contexts.toThread(contexts);
    try {
      return call.call();
    } finally {
      Contexts.toThread(own);
      me.setContextClassLoader(ownLoader);
    }
  }

  private synchronized boolean beginCall() {
    if (state != State.QUEUED) {
      return false;
    }
    state = State.CALLING;
    worker = Thread.currentThread();
    return true;
  }

  /** Whether it was cancelled meanwhile. */
  private synchronized boolean endCall() {
    state = State.ENDED;
    worker = null;
    if (cancelled) {
      Thread
          .interrupted(); // The interrupt was the call's; the executor's next job must not see it.
    }
    return cancelled;
  }

  private synchronized boolean endQueued() {
    boolean queued = state == State.QUEUED;
    if (queued) {
      state = State.ENDED;
    }
    return queued;
  }

  @Override
  void cancel() {
    if (endQueued()) {
      WORKERS.remove(this); // Another executor's finds that there is nothing to do.
      endCancelled();
      scheduler.working(-1);
    } else {
      interrupt();
    }
  }

  private synchronized void interrupt() {
    cancelled = true;
    if (worker != null) {
      worker.interrupt();
    }
  }
}
