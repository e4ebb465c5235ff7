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
  // depend
  // on it pass that very object on. When it is garbage nobody can ask any more.

  private static final Set<Report> PENDING = ConcurrentHashMap.newKeySet();

  /** Guarded by the class. */
  private static boolean reportsAtExit;

  /** Guarded by the class. */
  private static @Nullable Cleaner cleaner;

  private Unobserved() {}

  /** A failure; holds no reference to its task. */
  private static final class Report implements Runnable {
    private final String message;
    private final Throwable failure;

    /** Weak, for an executor's refers to its task. */
    private final Reference<Scheduler> scheduler;

    Report(String message, Throwable failure, Scheduler scheduler) {
      this.message = message;
      this.failure = failure;
      this.scheduler = new WeakReference<>(scheduler);
    }

    @Override
    public void run() {
      if (PENDING.remove(this)) {
        RuntimeLog.error(message, failure);
      }
    }
  }

  /** Whether somebody has asked for a failure; what the future completes with has it. Thread-safe. */
  static final class Ticket {
    private volatile @Nullable Report report;

    /**
     * Nobody has asked.
     *
     * @param task what failed
     * @param how in words, such as {@code failed}
     * @param failure what it threw
     */
    Ticket(TaskState<?> task, String how, Throwable failure) {
      String message = task.label() + " " + how + ", and nobody asked for its outcome";
      report = new Report(message, failure, task.scheduler);
    }

    void seen() {
      Report r = report;
      if (r != null) {
        report = null;
        PENDING.remove(r);
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
        cleaner().register(holder, r);
      } catch (OutOfMemoryError e) {
        // No thread can be started for it: this one is reported when its loop ends or the JVM
        // exits.
      }
    }
  }

  private static synchronized Cleaner cleaner() {
    if (!reportsAtExit) {
      Thread exit = ServiceThreads.make(() -> PENDING.forEach(Report::run), "coweave-exit");
      try {
        Runtime.getRuntime().addShutdownHook(exit);
      } catch (IllegalStateException e) {
        // The JVM exits already.
      }
      reportsAtExit = true;
    }
    Cleaner c = cleaner;
    if (c == null) {
      c = Cleaner.create();
      cleaner = c;
    }
    return c;
  }

  /** Nobody can ask for the outcomes of a scheduler's tasks any more. */
  static void flush(Scheduler scheduler) {
    PENDING.forEach(
        r -> {
          if (r.scheduler.refersTo(scheduler)) {
            r.run();
          }
        });
  }
}
