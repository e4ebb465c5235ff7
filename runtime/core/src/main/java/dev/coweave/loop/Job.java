package dev.coweave.loop;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A job of a loop as a future, for which the loop's own thread must not wait. */
class Job<V extends @Nullable Object> extends FutureTask<V> {
  final JobHost loop;

  /** A cancellation interrupts the loop's thread if the job runs. */
  private volatile boolean interrupts;

  Job(JobHost loop, Callable<V> job) {
    super(job);
    this.loop = loop;
  }

  @Override
  public V get() throws InterruptedException, ExecutionException {
    checkMayBlock();
    return super.get();
  }

  @Override
  public V get(long timeout, TimeUnit unit)
      throws InterruptedException, ExecutionException, TimeoutException {
    checkMayBlock();
    return super.get(timeout, unit);
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    if (mayInterruptIfRunning) {
      interrupts = true;
    }
    return super.cancel(mayInterruptIfRunning);
  }

  @Override
  public void run() {
    super.run();
    endInterrupt();
  }

  /** The interrupt was for the job: the loop must not take it for one of the thread that called it. */
  final void endInterrupt() {
    if (interrupts && isCancelled()) {
      boolean unused = Thread.interrupted();
    }
  }

  private void checkMayBlock() {
    if (!isDone()) {
      loop.checkMayBlock("Future.get", "Task.await(future), in a @Coroutine");
    }
  }
}
