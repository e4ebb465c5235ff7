package dev.coweave.loop;

import dev.coweave.task.RuntimeLog;
import dev.coweave.task.TaskState;
import dev.coweave.task.TaskStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Runs a loop, for as long as it must: a call, until its task has ended or nothing is left; or a thread of its own, until it is shut down. */
final class Runner {
  // Each way to run it: the thread enters, cycles until an end, and leaves.
  //
  //   a plain call, EventLoop.run   runUntilDone, then endHere
  //   runAll, close                 runUntilEmpty
  //   runNext                       runHere, a cycle at a time
  //   open                          runThread

  /** How long a loop that fails waits before it tries again, in nanoseconds. */
  private static final long PAUSE = TimeUnit.MILLISECONDS.toNanos(10);

  private final LoopScheduler core;
  private final Inbox inbox;
  private final Cycle cycle;
  private final List<Runnable> whenEmpty = new ArrayList<>();

  /** How many small calls must fit on a stack that isn't full: more than a cycle nests, and its calls are larger. */
  private static final int ROOM = 400;

  /** Cancelled when the thread is interrupted. */
  private volatile @Nullable TaskState<?> main;

  private boolean interrupted;

  /** Its last cycle threw. */
  private boolean fails;

  /** The call that runs it ends when nothing is left. */
  private boolean runsAll;

  Runner(LoopScheduler core, Cycle cycle) {
    this.core = core;
    this.inbox = core.inbox;
    this.cycle = cycle;
  }

  private void runUntil(BooleanSupplier end) {
    boolean ended = false;
    while (!ended) {
      try {
        ended = end.getAsBoolean();
        if (!ended) {
          cycle.run();
          fails = false;
        }
      } catch (VirtualMachineError e) {
        if (e instanceof StackOverflowError && isStackFull()) {
          throw e; // The caller's: it stays so, and each further cycle would be cut somewhere.
        }
        survive(e);
      }
    }
  }

  /** Whether there is not even room for what a cycle calls. */
  private static boolean isStackFull() {
    try {
      return descend(ROOM) != ROOM;
    } catch (StackOverflowError e) {
      return true;
    }
  }

  private static int descend(int calls) {
    return calls == 0 ? 0 : descend(calls - 1) + 1;
  }

  // ---- on the thread of a call

  void runUntilDone(TaskState<?> main) {
    this.main = main;
    runUntil(main::isDone);
  }

  /** The task with which the call ends that runs this loop; null if there is none. Any thread. */
  @Nullable TaskState<?> awaited() {
    return main;
  }

  /** Whether the call that runs this loop ends with that task. */
  boolean isMain(@Nullable TaskState<?> t) {
    return t == main;
  }

  /** Whether a call that runs this loop is there to throw. */
  boolean isCalled() {
    return main != null || runsAll;
  }

  /**
   * The loop ends with the call that made it: what is left is cancelled and ended.
   *
   * @param plain whether it is a plain call, which doesn't show that it ends its tasks
   */
  void endHere(boolean plain) {
    try {
      inbox.shutdown();
      if (!rests()) {
        if (plain) {
          Orphans.tell(core.tasks().stream().filter(TaskStatus::goesOn).toList());
        }
        core.cancelAll();
        endJobs();
        runUntil(this::rests);
      }
    } finally {
      main = null;
      leaveThread();
    }
  }

  /**
   * Runs until nothing is left; then the thread has left.
   *
   * @param closing whether an interrupt cancels what is left
   */
  void runUntilEmpty(boolean closing) {
    runsAll = true;
    try {
      core.view.list();
      runUntil(
          () -> {
            if (closing && interrupted && !core.isCancelling()) {
              core.cancelAll();
              endJobs();
            }
            return rests();
          });
      core.rethrowDeadlock();
    } finally {
      runsAll = false;
      leaveThread();
    }
  }

  private boolean rests() {
    return core.nothingIsLeft() && inbox.rests();
  }

  /** Jobs that have not begun: cancels those that can be; nobody else is told of the others, so they run. */
  private void endJobs() {
    for (Runnable job : inbox.takeJobs()) {
      if (job instanceof Future<?> f) {
        f.cancel(false);
      } else {
        try {
          Uncaught.run(job);
        } catch (VirtualMachineError e) {
          Uncaught.run(job); // It hadn't begun, and the others must have their turn too.
        }
      }
    }
  }

  /** One cycle, for a thread that goes on with other things; returns whether something is left. */
  boolean runHere(long nanos) {
    core.enterThread();
    boolean left = true;
    try {
      core.view.list();
      cycle.runBriefly(nanos);
      left = !core.nothingIsLeft();
    } finally {
      if (left) {
        releaseThread();
      } else {
        leaveThread();
      }
    }
    return left;
  }

  // ---- on a thread of its own

  void runThread() {
    core.enterThread();
    try {
      core.view.list();
      boolean terminated = false;
      while (!terminated) {
        try {
          terminated = core.nothingIsLeft() && inbox.terminate();
          if (!terminated) {
            runCycle();
          }
        } catch (Throwable t) {
          survive(t);
        }
      }
    } finally {
      leaveThread();
    }
  }

  private void runCycle() {
    cycle.run();
    fails = false;
    if (!whenEmpty.isEmpty() && core.nothingIsLeft()) {
      whenEmpty.forEach(Runnable::run);
      whenEmpty.clear();
    }
  }

  /** Not a task's failure, but the loop's own: its memory ran out, or its clock threw. Those who wait have nobody else, so it goes on. */
  private void survive(Throwable t) {
    if (!fails) {
      fails = true;
      try {
        RuntimeLog.error(core + " failed in its own work, and goes on", t);
      } catch (VirtualMachineError e) {
        // There is no memory even to say that.
      }
    }
    LockSupport.parkNanos(PAUSE);
  }

  /** Calls back when nothing is left to do. */
  void whenEmpty(Runnable action) {
    whenEmpty.add(action);
  }

  // ---- the thread

  /** An interrupt cancels what the call runs. */
  void lookForInterrupt() {
    if (Thread.interrupted()) {
      interrupted = true;
      TaskState<?> m = main;
      if (m != null) {
        m.cancel(true);
      }
    }
  }

  private void leaveThread() {
    core.channels.end();
    core.view.unlist();
    releaseThread();
  }

  /** The loop doesn't run for now; its tasks go on waiting, for channels too. */
  private void releaseThread() {
    boolean wasInterrupted = interrupted;
    interrupted = false;
    core.leaveThread(); // From here on another thread may run this loop.
    if (wasInterrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
