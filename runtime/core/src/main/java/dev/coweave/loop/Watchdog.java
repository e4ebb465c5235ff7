package dev.coweave.loop;

import dev.coweave.coroutine.Settings;
import dev.coweave.task.Observer;
import dev.coweave.task.OneLine;
import dev.coweave.task.RuntimeLog;
import dev.coweave.task.Scheduler;
import dev.coweave.task.Schedulers;
import dev.coweave.task.ServiceThreads;
import dev.coweave.task.TaskDump;
import dev.coweave.task.TaskState;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reports a step that keeps a loop's other tasks waiting for too long, once, with the stack that it is in. One daemon thread watches all
 * loops: ten times a second while one of them is in a step, once a second while all sleep; it ends when none has run for a while. It goes by
 * each loop's clock, so that none is slow under a {@link VirtualClock}.
 */
final class Watchdog implements Runnable {
  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long SHORTEST_TICK = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long IDLE_TICK = TimeUnit.SECONDS.toNanos(1);

  private static final Watchdog INSTANCE = new Watchdog();

  // A loop is listed, and then looks for the thread; the thread gives itself up, and then looks for
  // loops: so one of the two sees the other.

  private volatile @Nullable Thread thread;

  /** Guarded by this. */
  private final Exposure exposure = new Exposure();

  /** It waits for a loop to run. */
  private volatile boolean parked;

  private Watchdog() {
    ServiceThreads.atEnd(this::endIfIdle);
  }

  /** A loop runs, or is to be watched otherwise from now on. */
  static void watch() {
    Thread t = INSTANCE.thread;
    if (t == null) {
      try {
        INSTANCE.start();
      } catch (OutOfMemoryError e) {
        // No thread can be started: the loop runs unwatched, and the next tries again.
      }
    } else if (INSTANCE.parked) {
      LockSupport.unpark(t);
    }
  }

  private synchronized void start() {
    if (thread == null) {
      Thread t = ServiceThreads.make(this, "coweave-watchdog");
      thread = t;
      try {
        t.start();
      } catch (Throwable e) {
        thread = null;
        throw e;
      }
    }
  }

  private synchronized void endIfIdle() {
    Thread t = thread;
    if (t != null && endsWithoutLoops()) {
      LockSupport.unpark(t);
      retire();
    }
  }

  private synchronized boolean endsWithoutLoops() {
    Thread t = thread;
    thread = null;
    if (Schedulers.anyLoop()) {
      thread = t;
    }
    return thread == null;
  }

  @Override
  public void run() {
    Thread me = Thread.currentThread();
    while (thread == me) {
      long tick = IDLE_TICK;
      try {
        if (!awaitLoop(me)) {
          retire();
          if (endsWithoutLoops()) {
            return;
          }
        }
        lookForTools(me);
        tick = look();
      } catch (Throwable t) {
        // Out of memory, perhaps: that must not be its last look.
      }
      LockSupport.parkNanos(this, tick);
    }
  }

  /** Unless the thread was told to end: what was given back then nobody would give back again. */
  private synchronized void lookForTools(Thread me) {
    if (thread == me) {
      Observer.look();
      exposure.look();
    }
  }

  /** Gives back what would keep the loader of this runtime. */
  private synchronized void retire() {
    exposure.end();
    if (Settings.BELOW) {
      Observer.retire();
    }
  }

  /** Whether a loop runs, or has come to run in a while. */
  private boolean awaitLoop(Thread me) {
    parked = true;
    long end = System.nanoTime() + ServiceThreads.IDLE;
    for (long left = ServiceThreads.IDLE;
        left > 0 && thread == me && !Schedulers.anyLoop();
        left = end - System.nanoTime()) {
      LockSupport.parkNanos(this, left);
    }
    parked = false;
    return Schedulers.anyLoop();
  }

  /**
   * Looks at every loop.
   *
   * @return in how many nanoseconds to look again. The schedulers stay in this method: a variable of a frame that sleeps would keep alive all that they have.
   */
  private static long look() {
    long tick = IDLE_TICK;
    for (Scheduler s : Schedulers.loops()) {
      // One that no thread runs any more, though listed, was left by a thread whose stack was full.
      if (s instanceof Watched w && w.isRunning() && look(w)) {
        tick = Math.min(tick, tick(w.pulse().limit));
      }
    }
    return tick;
  }

  private static long tick(long limit) {
    return limit == 0 ? TICK : Math.max(SHORTEST_TICK, Math.min(TICK, limit / 4));
  }

  /** Whether the loop is in a step. */
  private static boolean look(Watched loop) {
    try {
      boolean busy = loop.pulse().look();
      loop.tick();
      if (loop.pulse().isTooLong() && loop.isShared()) {
        loop.pulse().told();
        RuntimeLog.warning(message(loop));
      }
      return busy;
    } catch (Throwable e) {
      return false; // A clock that fails must not end the watch over others.
    }
  }

  private static String message(Watched loop) {
    long step = loop.pulse().get();
    long millis = TimeUnit.NANOSECONDS.toMillis(loop.pulse().lasted());
    Thread t = loop.thread();
    TaskState<?> task = loop.running();
    List<StackTraceElement> stack = t == null ? List.of() : TaskDump.running(t, task);
    StringBuilder s = new StringBuilder(loop.label());
    s.append(" has been in one step for ").append(millis).append(" ms");
    if (loop.pulse().get() == step) {
      s.append(task == null ? ", of a job" : ", of Task[" + OneLine.of(task.name()) + "]");
      s.append(
          "\n"
              + "  because: the step blocks the loop's thread, or computes for long; what else is"
              + " ready has to wait");
      s.append(
          "\n"
              + "  fix: Task.blocking(() -> …) for what blocks; Task.yield() now and then in what"
              + " computes");
      stack.forEach(e -> s.append("\n      at ").append(e));
    }
    return s.toString();
  }
}
