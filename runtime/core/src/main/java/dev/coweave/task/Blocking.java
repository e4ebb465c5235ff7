package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The wait for a call that blocks, on a worker thread. A cancellation interrupts the worker, and the wait ends when the call has
 * ended: a task never leaves its call running behind it. A value that the call returns all the same is the wait's.
 */
final class Blocking<T extends @Nullable Object> extends Resumption<T> implements Runnable {
  private static final AtomicInteger WORKERS = new AtomicInteger();
  private static final ThreadPoolExecutor POOL =
      new ThreadPoolExecutor(
          0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), Blocking::worker);

  private final Scheduler scheduler;
  private final Callable<T> call;
  private final @Nullable Contexts contexts = Contexts.ofThread();
  private final @Nullable ClassLoader loader = Thread.currentThread().getContextClassLoader();

  /** The worker while it may be interrupted; guarded by this. */
  private @Nullable Thread worker;

  /** Guarded by this. */
  private boolean cancelled;

  private Blocking(Task<?> task, Callable<T> call) {
    super(task);
    this.scheduler = task.scheduler;
    this.call = call;
  }

  static <T extends @Nullable Object> T begin(Callable<T> call, String operation, Continuation c) {
    Objects.requireNonNull(call, "call");
    TaskContinuation tc = TaskContinuation.toWait(c, operation);
    Blocking<T> w = new Blocking<>(tc.task(), call);
    w.scheduler.working(1);
    try {
      POOL.execute(w);
    } catch (Throwable t) { // no thread can be started: the wait throws that, and nobody works
      w.fail(t);
      w.scheduler.working(-1);
    }
    return tc.suspend(w);
  }

  private static Thread worker(Runnable work) {
    return ServiceThreads.make(work, "coweave-worker-" + WORKERS.incrementAndGet());
  }

  @Override
  protected String operation() {
    return "Task.blocking";
  }

  @Override
  public void run() {
    try {
      if (beginCall()) {
        T value = call();
        endCall();
        resume(value);
      } else {
        endCancelled();
      }
    } catch (Throwable t) {
      if (endCall()) {
        endCancelled();
      } else {
        fail(t);
      }
    }
    scheduler.working(-1);
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
    worker = Thread.currentThread();
    return !cancelled;
  }

  private synchronized boolean endCall() {
    worker = null;
    Thread.interrupted(); // The interrupt was the call's; the pool's next must not see it.
    return cancelled;
  }

  @Override
  synchronized void cancel() {
    cancelled = true;
    if (worker != null) {
      worker.interrupt();
    }
  }
}
