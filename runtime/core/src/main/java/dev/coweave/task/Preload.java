package dev.coweave.task;

/**
 * Loads what is needed first where something fails, while nothing does: a class that can't be initialised for want of memory can't be used
 * ever after.
 *
 * @hidden
 */
public final class Preload {
  private static final String[] CLASSES = {
    "coroutine.Operation",
    "coroutine.LogicalStack",
    "coroutine.JavaStack",
    "coroutine.StackFrames",
    "coroutine.Plainly",
    "coroutine.TraceLines",
    "coroutine.Settings",
    "task.Resumption",
    "task.Awaiting",
    "task.ScopedCall",
    "task.Schedulers",
    "task.ServiceThreads",
    "task.NoHome",
    "task.Owed",
    "task.Unobserved",
    "task.Unobserved$Ticket",
    "task.Unobserved$Report",
    "task.WatchedFailure",
    "task.Cancelled",
    "task.TaskCancelled",
    "task.Outcomes",
    "task.TaskDetails",
    "task.CancelScope",
    "task.Failures",
    "task.Failures$Failure",
    "task.Joining",
    "task.Contexts",
    "task.Leftovers",
    "task.Awaiting$FutureWait",
    "task.Awaiting$TaskWait",
    "task.Sleep",
    "task.AfterPause",
    "task.CycleCheck",
    "task.WaitCycles",
    "task.RuntimeLog",
    "task.Place",
    "task.SharedTimer",
    "task.Blocking",
    "task.Blocking$State",
    "task.TaskContinuation$AsyncCall",
    "loop.Runner",
    "loop.Inbox",
    "loop.Inbox$Handed$Job",
    "loop.Pulse",
    "loop.Deadlock",
    "loop.HomeLookup",
    "loop.Watchdog",
    "wait.OffloadedCall",
    "wait.IoThread",
    "wait.Poller",
  };

  /** Read without the lock by each loop that is made. */
  private static volatile boolean done;

  private Preload() {}

  /** Loads them, the first time. */
  public static void now() {
    if (!done) {
      load();
    }
  }

  private static synchronized void load() {
    String root = Preload.class.getPackageName();
    root = root.substring(0, root.length() - "task".length());
    for (String name : CLASSES) {
      try {
        Class.forName(root + name);
      } catch (ClassNotFoundException | LinkageError e) {
        // Left out by who packed the program, or not initialised by the first that failed: it will
        // tell.
      }
    }
    done = true;
  }
}
