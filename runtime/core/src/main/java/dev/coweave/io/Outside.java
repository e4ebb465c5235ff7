package dev.coweave.io;

import dev.coweave.coroutine.Continuation;
import dev.coweave.task.Resumption;
import dev.coweave.task.Scheduler;
import dev.coweave.task.ServiceThreads;
import dev.coweave.task.TaskContinuation;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A wait for something outside the program that can't be interrupted, such as a name server or a process. Unlike that of {@code
 * Task.blocking} it ends at once when its task is cancelled, and leaves the call behind: for calls that do no harm then. A virtual clock
 * stands still meanwhile.
 */
final class Outside<T extends @Nullable Object> extends Resumption<T>
    implements BiConsumer<T, @Nullable Throwable> {
  private static final AtomicInteger THREADS = new AtomicInteger();
  private static final ThreadPoolExecutor POOL =
      new ThreadPoolExecutor(
          0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), Outside::thread);

  private final Scheduler scheduler;
  private final String operation;

  private Outside(TaskContinuation tc, String operation) {
    super(tc.task());
    this.scheduler = tc.scheduler();
    this.operation = operation;
  }

  private static Thread thread(Runnable work) {
    return ServiceThreads.make(work, "coweave-outside-" + THREADS.incrementAndGet());
  }

  /** Runs a call on a worker thread, for nobody. */
  static void run(Runnable call) {
    POOL.execute(call);
  }

  /** Runs a call on a worker thread. */
  static <T> CompletableFuture<T> supply(Callable<T> call) {
    CompletableFuture<T> result = new CompletableFuture<>();
    run(
        () -> {
          try {
            result.complete(call.call());
          } catch (Throwable t) {
            result.completeExceptionally(t);
          }
        });
    return result;
  }

  /** Closes something on a worker thread, for that may block. */
  static void close(Closeable stream) {
    run(
        () -> {
          try {
            stream.close();
          } catch (IOException e) {
            // Nobody reads or writes it any more.
          }
        });
  }

  /**
   * The running task is about to wait; {@code tc.suspend} follows.
   *
   * @param operation as the user wrote it
   */
  static <T extends @Nullable Object> Outside<T> begin(TaskContinuation tc, String operation) {
    Outside<T> w = new Outside<>(tc, operation);
    w.scheduler.working(1);
    return w;
  }

  /** Waits for a call on a worker thread. */
  static <T extends @Nullable Object> T call(Callable<T> call, String operation, Continuation c) {
    TaskContinuation tc = TaskContinuation.toWait(c, operation);
    Outside<T> w = begin(tc, operation);
    try {
      run(() -> w.endAs(call));
    } catch (Throwable t) { // no thread can be started
      w.endFailed(t);
    }
    return tc.suspend(w);
  }

  private void endAs(Callable<T> call) {
    try {
      end(call.call());
    } catch (Throwable t) {
      endFailed(t);
    }
  }

  /** What it waited for has come. */
  void end(T value) {
    if (resume(value)) {
      scheduler.working(-1);
    }
  }

  /** What it waited for has failed. */
  void endFailed(Throwable failure) {
    if (fail(failure)) {
      scheduler.working(-1);
    }
  }

  /** The future that it waited for is complete. */
  @Override
  public void accept(T value, @Nullable Throwable failure) {
    if (failure == null) {
      end(value);
    } else {
      endFailed(
          failure instanceof CompletionException e && e.getCause() != null
              ? e.getCause()
              : failure);
    }
  }

  @Override
  protected String operation() {
    return operation;
  }

  @Override
  protected void withdrawn() {
    scheduler.working(-1);
  }
}
