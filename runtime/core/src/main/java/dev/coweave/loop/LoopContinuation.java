package dev.coweave.loop;

import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.task.Home;
import dev.coweave.task.NewTask;
import dev.coweave.task.Outcomes;
import dev.coweave.task.Scheduler;
import dev.coweave.task.Task;
import dev.coweave.task.TaskContinuation;
import dev.coweave.task.TaskState;
import dev.coweave.task.TaskStatus;
import dev.coweave.wait.PollerHost;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Drives the tasks of a loop. */
class LoopContinuation extends TaskContinuation implements PollerHost.Guest {
  /** The place of a loop that no thread has run. */
  private static final Object[] NOWHERE = new Object[1];

  /** Null for that of a plain call, as long as nobody needs it. */
  private @Nullable LoopScheduler loop;

  /** When the clock was last read; by the watchdog too, so that this is not too long ago. */
  private long now;

  /** The place of the thread that runs this loop; some other while none does. */
  private Object[] place = NOWHERE;

  LoopContinuation(@Nullable LoopScheduler loop) {
    this.loop = loop;
  }

  /** The loop is there from now on. */
  final void loop(LoopScheduler made) {
    loop = made;
  }

  final LoopScheduler loop() {
    LoopScheduler l = loop;
    if (l == null) {
      TaskState<?> unused = current(); // makes both
      l = Objects.requireNonNull(loop);
    }
    return l;
  }

  @Override
  protected Scheduler home() {
    return loop();
  }

  @Override
  public Home ownHome() {
    return loop().face();
  }

  @Override
  public PollerHost host() {
    return loop().channels;
  }

  void now(long nanos) {
    now = nanos;
  }

  @Override
  protected long now() {
    if (now == 0) { // Nobody has read the clock yet.
      now = loop().nanoTime();
    }
    return now;
  }

  <T extends @Nullable Object> Task<T> start(@Nullable String name, CoroutineCallable<T> body) {
    return NewTask.start(loop(), name, body);
  }

  Task<Void> start(@Nullable String name, CoroutineRunnable body) {
    return NewTask.start(loop(), name, body);
  }

  /** Runs the loop on the calling thread until its first task has ended, and ends the others. */
  <T extends @Nullable Object> T runMain(Supplier<Task<T>> first) {
    LoopScheduler core = loop();
    core.enterThread();
    Task<T> t;
    try {
      t = first.get();
      observe(t);
      core.view.list();
      core.runner.runUntilDone(t);
    } finally {
      end(false);
    }
    core.deadlock.rethrow();
    return Outcomes.of(t);
  }

  /** Nobody can ask for the outcomes of its tasks any more. */
  void reportUnobserved() {
    reportUnobserved(loop());
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
    if (inbox.isFilled() || (ready instanceof TaskState<?> t && TaskStatus.isCancelPending(t))) {
      contended(true);
    }
  }

  // ---- the thread
  //
  // Whatever is thrown, be it by a stack that is full, leaves the thread as it was: what marks it
  // as this loop's comes last where it is entered, and is undone by a store, which calls nothing.

  final void enterThread() {
    place = enter();
  }

  final void enterThread(Object[] its) {
    place = enter(its);
  }

  final void endHere() {
    place[0] = null;
  }

  final void end(boolean plain) {
    try {
      loop().runner.endHere(plain);
      reportUnobserved();
    } finally {
      place[0] = null;
    }
  }

  /** A task that the thread waits for has its callers on the thread's stack. */
  @Override
  protected @Nullable String start() {
    return loop().runner.isMain(currentIfMade()) ? null : super.start();
  }

  // ---- as an entry: of async calls only, see PlainLoop

  @Override
  public void complete() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void leave(@Nullable Throwable failure) {
    throw new UnsupportedOperationException();
  }
}
