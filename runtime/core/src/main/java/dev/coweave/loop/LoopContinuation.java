package dev.coweave.loop;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.coroutine.Entry;
import dev.coweave.task.Home;
import dev.coweave.task.NewTask;
import dev.coweave.task.Scheduler;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskState;
import dev.coweave.wait.PollerHost;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Drives the tasks of a loop. Of a loop that an outermost plain call made it is the entry of that call too, whose first step
 * runs on the caller's stack and whose outcome it keeps, for other tasks run on it in between.
 */
final class LoopContinuation extends TaskContinuation implements PollerHost.Guest {
  private final LoopScheduler loop;

  /** When the clock was last read; by the watchdog too, so that this is not too long ago. */
  private long now;

  private @Nullable TaskState<?> main;
  private @Nullable Outcome mainOutcome;

  /** The place of the thread that runs this loop; some other while none does. */
  private Object[] place = new Object[1];

  LoopContinuation(LoopScheduler loop) {
    this.loop = loop;
  }

  @Override
  protected Scheduler home() {
    return loop;
  }

  @Override
  public Home ownHome() {
    return loop.face();
  }

  @Override
  public LoopScheduler host() {
    return loop;
  }

  void now(long nanos) {
    now = nanos;
  }

  @Override
  protected long now() {
    if (now == 0) { // Nobody has read the clock yet.
      now = loop.nanoTime();
    }
    return now;
  }

  <T extends @Nullable Object> Task<T> start(@Nullable String name, CoroutineCallable<T> body) {
    return NewTask.start(loop, name, body);
  }

  Task<Void> start(@Nullable String name, CoroutineRunnable body) {
    return NewTask.start(loop, name, body);
  }

  /** Runs the loop on the calling thread until its first task has ended, and ends the others. */
  <T extends @Nullable Object> T runMain(Supplier<Task<T>> first) {
    loop.enterThread();
    Task<T> t;
    try {
      t = first.get();
      observe(t);
      loop.view.list();
      loop.runner.runUntilDone(t);
    } finally {
      end(false);
    }
    loop.deadlock.rethrow();
    return outcomeOf(t);
  }

  /** Nobody can ask for the outcomes of its tasks any more. */
  void reportUnobserved() {
    reportUnobserved(loop);
  }

  /** Whether a task can go on only if another does, of any loop whose steps are ordered. */
  static boolean isStuckAmongStepped(TaskState<?> t) {
    return waitsForAnother(t)
        || waitsForTasksOn(t, s -> s instanceof LoopScheduler c && c.isStepped());
  }

  static boolean isStuck(TaskState<?> t) {
    return waitsForAnother(t);
  }

  /** Whether a task would have gone on without a plain call that has ended; one of a scope is its owner's business. */
  static boolean isOrphan(TaskState<?> t) {
    return goesOn(t);
  }

  /** The running task must look about when it next charges its budget. Any thread. */
  void contend() {
    contended(true);
  }

  /** One task is ready, and no timer: as long as nothing comes in, what doesn't wait is free of charge. */
  void runsAlone(Object ready, Inbox inbox) {
    contended(false);
    // Whoever contends says so first where it is read here, and then sets the flag: one of the two
    // is seen.
    VarHandle.fullFence();
    if (inbox.isFilled() || (ready instanceof TaskState<?> t && isCancelPending(t))) {
      contended(true);
    }
  }

  // ---- the thread
  //
  // Whatever is thrown, be it by a stack that is full, leaves the thread as it was: what marks it
  // as this loop's comes last where it is entered, and is undone by a store, which calls nothing.

  void enterThread() {
    place = enter();
  }

  void endHere() {
    place[0] = null;
  }

  private void end(boolean plain) {
    try {
      loop.runner.endHere(plain);
      reportUnobserved();
    } finally {
      place[0] = null;
    }
  }

  Entry beginPlainCall() {
    main = beginMain(NewTask.plainCall(loop));
    contended(false); // nobody else knows this loop yet
    place = enter();
    return this;
  }

  /** A task that the thread waits for has its callers on the thread's stack. */
  @Override
  protected @Nullable String start() {
    boolean calledPlainly = current() != null && current() == main;
    return calledPlainly || loop.runner.isMain(current()) ? null : super.start();
  }

  @Override
  protected void ending(TaskState<?> t) {
    if (t == main) {
      mainOutcome = outcome();
    }
  }

  @Override
  public void complete() {
    TaskState<?> m = Objects.requireNonNull(main);
    if (!mainReturned(m)) {
      loop.runner.runUntilDone(m);
      loop.deadlock.rethrow();
    }
    giveOutcome(Objects.requireNonNull(mainOutcome));
  }

  @Override
  public void leave(@Nullable Throwable failure) {
    TaskState<?> m = main;
    try {
      mainLeaves(Objects.requireNonNull(m), failure);
    } finally {
      try {
        end(true);
      } finally {
        place[0] = null;
        loop.thread = null;
      }
    }
    if (failure instanceof TaskCancelled && m.isCancelled()) {
      throw cancelled(failure);
    }
  }

  /** Its caller is no task, and has not been cancelled: to it this is another's outcome. */
  private static CancellationException cancelled(Throwable cause) {
    CancellationException e = new CancellationException(cause.getMessage());
    e.initCause(cause);
    return e;
  }
}
