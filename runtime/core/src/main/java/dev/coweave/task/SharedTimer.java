package dev.coweave.task;

import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The timer of all tasks that run on no loop: one thread, while anything is due. Thread-safe. */
final class SharedTimer {
  /** How long one waits that had no memory left to fire, in nanoseconds. */
  private static final long PAUSE = 10_000_000;

  private static volatile @Nullable ScheduledThreadPoolExecutor pool;

  static {
    ServiceThreads.atEnd(SharedTimer::end);
  }

  private SharedTimer() {}

  /**
   * Fires a timer after a time.
   *
   * @throws OutOfMemoryError if the thread can't be started; then the timer is not scheduled
   */
  static void schedule(Timer timer, long nanos) {
    while (true) {
      ScheduledThreadPoolExecutor p = current();
      // Where no thread can be started this throws, before the timer is in the queue.
      p.prestartCoreThread();
      try {
        timer.handle(p.schedule(() -> fire(timer), nanos, TimeUnit.NANOSECONDS));
        return;
      } catch (RejectedExecutionException e) {
        // It was ended just now: the next is a new one.
      }
    }
  }

  /** The pool would drop what is thrown, and with it what waits. */
  private static void fire(Timer timer) {
    while (true) {
      try {
        timer.fire();
        return;
      } catch (VirtualMachineError e) {
        LockSupport.parkNanos(PAUSE); // It fires again: what it does, it does once.
      }
    }
  }

  /** Withdraws a timer, if it was scheduled here; returns whether it was. */
  static boolean cancel(Timer timer) {
    if (timer.handle() instanceof Future<?> f) {
      f.cancel(false);
      return true;
    }
    return false;
  }

  private static ScheduledThreadPoolExecutor current() {
    ScheduledThreadPoolExecutor p = pool;
    return p == null ? renew() : p;
  }

  private static synchronized ScheduledThreadPoolExecutor renew() {
    ScheduledThreadPoolExecutor p = pool;
    if (p == null) {
      p = new ScheduledThreadPoolExecutor(1, work -> ServiceThreads.make(work, "coweave-timer"));
      p.setRemoveOnCancelPolicy(true);
      p.setKeepAliveTime(ServiceThreads.IDLE, TimeUnit.NANOSECONDS);
      p.allowCoreThreadTimeOut(true);
      pool = p;
    }
    return p;
  }

  /** The thread fires what is due yet, and ends. */
  private static synchronized void end() {
    ScheduledThreadPoolExecutor p = pool;
    pool = null;
    if (p != null) {
      p.shutdown();
    }
  }
}
