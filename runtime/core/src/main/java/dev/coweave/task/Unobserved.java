package dev.coweave.task;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reports failures of tasks that nobody asked for: when neither the task nor any future that depends on it is kept, when the loop that
 * {@code run} made for it ends, or when the JVM exits.
 */
final class Unobserved {
  // A failure is watched through the exception that the task's future completes with: futures that
  // depend on it pass that very object on. When it is garbage nobody can ask any more.

  private static final Set<Report> PENDING = ConcurrentHashMap.newKeySet();

  /** Guarded by the class. */
  private static @Nullable Cleaner cleaner;

  /** A scheduler, which may have somebody to tell of its tasks' failures. */
  interface Listener {
    /** See {@code Scheduler.unobserved}. */
    void unobserved(String message, Throwable failure);
  }

  private Unobserved() {}

  /** A failure; holds no reference to its task. */
  private static final class Report implements Runnable {
    private final String message;
    private final Throwable failure;

    /** Weak, for an executor's refers to its task. */
    private final Reference<Listener> scheduler;

    /** The cleaner keeps this by it. */
    private volatile Cleaner.@Nullable Cleanable registration;

    Report(String message, Throwable failure, Listener scheduler) {
      this.message = message;
      this.failure = failure;
      this.scheduler = new WeakReference<>(scheduler);
    }

    @Override
    public void run() {
      if (PENDING.remove(this)) {
        Listener s = scheduler.get();
        if (s == null) {
          RuntimeLog.error(message, failure);
        } else {
          s.unobserved(message, failure);
        }
      }
    }

    /**
     * Nobody needs to be told any more, and the cleaner, a thread of the JDK's, need not keep it, and with it our loader. It is pending no
     * more before the cleaner is told, which runs it.
     */
    private void withdraw() {
      PENDING.remove(this);
      unregister();
    }

    private void unregister() {
      Cleaner.Cleanable c = registration;
      if (c != null) {
        c.clean();
      }
    }
  }

  /** The JVM's exit is a time to report. Its hook is there only as long as anything is pending, for the JVM keeps it, and with it our loader. */
  private static final class AtExit extends PlainTimer {
    private static @Nullable Thread hook;

    static {
      ServiceThreads.atEnd(AtExit::reportNow);
    }

    private static void reportAll() {
      for (Report r : PENDING) {
        r.run();
        r.unregister();
      }
    }

    static synchronized void hook() {
      if (hook != null) {
        return;
      }
      Thread exit = ServiceThreads.make(AtExit::reportAll, "coweave-exit");
      try {
        Runtime.getRuntime().addShutdownHook(exit);
        hook = exit;
        SharedTimer.schedule(new AtExit(), ServiceThreads.IDLE);
      } catch (IllegalStateException e) {
        // The JVM exits already.
      }
    }

    /** Looks now and then: most failures are asked for at once, and a hook for each would cost more than they do. */
    @Override
    public void fire() {
      if (!unhookIfIdle()) {
        SharedTimer.schedule(this, ServiceThreads.IDLE);
      }
    }

    private static synchronized boolean unhookIfIdle() {
      Thread exit = hook;
      if (exit != null && PENDING.isEmpty()) {
        hook = null;
        try {
          Runtime.getRuntime().removeShutdownHook(exit);
        } catch (IllegalStateException e) {
          // The JVM exits already.
        }
      }
      return hook == null;
    }

    private static void reportNow() {
      reportAll();
      boolean unused = unhookIfIdle();
    }
  }

  /** Whether somebody has asked for a failure; what the future completes with has it. Thread-safe. */
  static final class Ticket {
    private volatile @Nullable Report report;

    /**
     * Nobody has asked.
     *
     * @param task how messages name what failed
     * @param scheduler where it ran
     * @param how in words, such as {@code failed}
     * @param failure what it threw
     */
    Ticket(String task, Listener scheduler, String how, Throwable failure) {
      String message = task + " " + how + ", and nobody asked for its outcome";
      report = new Report(message, failure, scheduler);
    }

    void seen() {
      Report r = report;
      if (r != null) {
        report = null;
        r.withdraw();
      }
    }

    /** Reports the failure when an object is garbage, unless somebody has asked. */
    void watch(Object holder) {
      Report r = report;
      if (r == null) {
        return;
      }
      PENDING.add(r);
      if (report == null) { // Somebody asked just now.
        PENDING.remove(r);
        return;
      }
      try {
        AtExit.hook();
        r.registration = cleaner().register(holder, r);
        if (report == null) {
          r.withdraw();
        }
      } catch (OutOfMemoryError e) {
        // No thread can be started for it: this one is reported when its loop ends or the JVM
        // exits.
      }
    }
  }

  private static synchronized Cleaner cleaner() {
    Cleaner c = cleaner;
    if (c == null) {
      c = Cleaner.create();
      cleaner = c;
    }
    return c;
  }

  /** Nobody can ask for the outcomes of a scheduler's tasks any more. */
  static void flush(Listener scheduler) {
    PENDING.forEach(
        r -> {
          if (r.scheduler.refersTo(scheduler)) {
            r.run();
          }
        });
  }
}
