package dev.coweave.task;

import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Reports failures of tasks that nobody asked for: when the task is garbage, when the loop that {@code run} made for it ends, or
 * when the JVM exits.
 */
final class Unobserved {
  private static final Set<Report> PENDING = ConcurrentHashMap.newKeySet();

  /** Guarded by the class. */
  private static boolean reportsAtExit;

  /** Guarded by the class. */
  private static @Nullable Cleaner cleaner;

  private Unobserved() {}

  /** A failure; holds no reference to its task. */
  static final class Report implements Runnable {
    private final String task;
    private final Throwable failure;

    /** Weak, for an executor's refers to its task. */
    private final Reference<Scheduler> scheduler;

    Report(Task<?> task, Throwable failure) {
      this.task = task.label();
      this.failure = failure;
      this.scheduler = new WeakReference<>(task.scheduler);
    }

    @Override
    public void run() {
      if (PENDING.remove(this)) {
        RuntimeLog.error(task + " failed, and nobody asked for its outcome", failure);
      }
    }
  }

  /** A task has failed, and nobody is there to be told. */
  static void watch(Task<?> task, Throwable failure) {
    Report report = new Report(task, failure);
    PENDING.add(report);
    task.details().report = report;
    try {
      cleaner().register(task, report);
    } catch (OutOfMemoryError e) {
      // No thread can be started for it: this one is reported when its loop ends or the JVM exits.
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

  /** Somebody asks for a task's outcome. */
  static void forget(Task<?> task) {
    TaskDetails d = task.detailsIfAny();
    if (d != null && d.report != null) {
      PENDING.remove(d.report);
    }
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
