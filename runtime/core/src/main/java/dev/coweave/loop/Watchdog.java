package dev.coweave.loop;

import dev.coweave.task.Scheduler;
import dev.coweave.task.Schedulers;
import dev.coweave.task.ServiceThreads;
import dev.coweave.task.Task;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskDump;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reports a step that keeps a loop's other tasks waiting for too long, once, with the stack that it is in. One daemon thread watches all
 * loops: ten times a second while one of them is in a step, once a second while all sleep, and not at all while none runs. It goes by
 * each loop's clock, so that none is slow under a {@link VirtualClock}.
 */
final class Watchdog implements Runnable {
  /** How long a step may last, in nanoseconds: the system property {@code coweave.slowStep}, in milliseconds; 0 for no limit. */
  static final long LIMIT =
      TimeUnit.MILLISECONDS.toNanos(Math.max(0, Long.getLong("coweave.slowStep", 2000)));

  private static final long TICK = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long SHORTEST_TICK = TimeUnit.MILLISECONDS.toNanos(1);
  private static final long IDLE_TICK = TimeUnit.SECONDS.toNanos(1);

  private static final Watchdog INSTANCE = new Watchdog();

  private volatile @Nullable Thread thread;

  /** It waits for a loop to run. */
  private volatile boolean parked;

  private Watchdog() {}

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
      t.start();
      thread = t;
    }
  }

  @Override
  public void run() {
    while (true) {
      long tick = IDLE_TICK;
      try {
        parked = true;
        while (Schedulers.all().stream().noneMatch(s -> s instanceof Core)) {
          LockSupport.park(this);
        }
        parked = false;
        tick = look();
      } catch (Throwable t) {
        // Out of memory, perhaps: that must not be its last look.
      }
      LockSupport.parkNanos(this, tick);
    }
  }

  /**
   * Looks at every loop.
   *
   * @return in how many nanoseconds to look again. The schedulers stay in this method: a variable of a frame that sleeps would keep alive all that they have.
   */
  private static long look() {
    long tick = IDLE_TICK;
    for (Scheduler s : Schedulers.all()) {
      if (s instanceof Core core && look(core)) {
        tick = Math.min(tick, tick(core.pulse.limit));
      }
    }
    return tick;
  }

  private static long tick(long limit) {
    return limit == 0 ? TICK : Math.max(SHORTEST_TICK, Math.min(TICK, limit / 4));
  }

  /** Whether the loop is in a step. */
  private static boolean look(Core core) {
    try {
      boolean busy = core.pulse.look();
      core.deadlock.tick();
      if (core.pulse.isTooLong() && core.view.isShared()) {
        core.pulse.told();
        TaskContinuation.warn(message(core));
      }
      return busy;
    } catch (Throwable e) {
      return false; // A clock that fails must not end the watch over others.
    }
  }

  private static String message(Core core) {
    long step = core.pulse.get();
    long millis = TimeUnit.NANOSECONDS.toMillis(core.pulse.lasted());
    Thread t = core.thread();
    Task<?> task = core.continuation.current();
    List<StackTraceElement> stack = t == null ? List.of() : TaskDump.running(t, task);
    StringBuilder s = new StringBuilder(core.view.label());
    s.append(" has been in one step for ").append(millis).append(" ms");
    if (core.pulse.get() == step) {
      s.append(task == null ? ", of a job" : ", of Task[" + task.name() + "]");
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
