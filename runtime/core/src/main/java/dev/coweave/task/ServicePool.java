package dev.coweave.task;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A pool of {@linkplain ServiceThreads service threads}, with a bound: what comes when all are busy waits its turn. Thread-safe.
 *
 * @hidden
 */
public final class ServicePool implements Executor {
  // end() gives the threads up for those of a new pool; the old finish what they have been given.

  /** A job goes to a thread that waits for one; else to a new thread, as long as there may be more; else into the queue. */
  private static final class Handover extends LinkedTransferQueue<Runnable> {
    private static final long serialVersionUID = 1;

    @Override
    public boolean offer(Runnable job) {
      return tryTransfer(job);
    }
  }

  private final String name;
  private final int bound;
  private final AtomicInteger threads = new AtomicInteger();
  private volatile @Nullable ThreadPoolExecutor pool;

  /**
   * A pool that has no threads yet.
   *
   * @param name what its threads are called, before their number
   * @param bound how many there are at most; positive
   */
  public ServicePool(String name, int bound) {
    this.name = name;
    this.bound = bound;
    ServiceThreads.atEnd(this::end);
  }

  private ThreadPoolExecutor make() {
    ThreadPoolExecutor p =
        new ThreadPoolExecutor(
            1,
            bound,
            ServiceThreads.IDLE,
            TimeUnit.NANOSECONDS,
            new Handover(),
            job -> ServiceThreads.make(job, name + threads.incrementAndGet()),
            ServicePool::queue) {
          @Override
          protected void afterExecute(Runnable job, @Nullable Throwable failure) {
            // As long as jobs wait, none waits for a new thread.
            if (failure == null && getQueue().isEmpty()) {
              ServiceThreads.retireIfOld();
            }
          }
        };
    p.allowCoreThreadTimeOut(true);
    return p;
  }

  private static void queue(Runnable job, ThreadPoolExecutor full) {
    if (full.isShutdown()) {
      throw new RejectedExecutionException();
    }
    ((Handover) full.getQueue()).put(job);
    if (full.isShutdown() && full.remove(job)) {
      throw new RejectedExecutionException();
    }
    full.prestartCoreThread(); // All may have ended meanwhile.
  }

  /**
   * Runs a job on one of the threads.
   *
   * @throws OutOfMemoryError if there is no thread, and none can be started
   */
  @Override
  public void execute(Runnable job) {
    while (true) {
      try {
        current().execute(job);
        return;
      } catch (RejectedExecutionException e) {
        // It was ended just now: the next is a new one.
      }
    }
  }

  private ThreadPoolExecutor current() {
    ThreadPoolExecutor p = pool;
    return p == null ? renew() : p;
  }

  private synchronized ThreadPoolExecutor renew() {
    ThreadPoolExecutor p = pool;
    if (p == null) {
      p = make();
      pool = p;
    }
    return p;
  }

  /**
   * Takes back a job that waits for a thread.
   *
   * @return whether it did; false if the job has begun
   */
  boolean remove(Runnable job) {
    ThreadPoolExecutor p = pool;
    return p != null && p.remove(job);
  }

  private synchronized void end() {
    ThreadPoolExecutor p = pool;
    pool = null;
    if (p != null) {
      p.shutdown();
    }
  }
}
