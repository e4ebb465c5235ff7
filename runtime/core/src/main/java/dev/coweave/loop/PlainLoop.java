package dev.coweave.loop;

import dev.coweave.task.NewTask;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskState;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The entry of an outermost plain call. Most such calls return without having waited or started anything, so its loop and its task are made
 * when somebody asks for one of them. Then its first step goes on as that task's, on the caller's stack, and its outcome is kept, for other
 * tasks run on the loop in between.
 */
class PlainLoop extends LoopContinuation {
  //            somebody asks for the task or the loop
  //   ALONE ─────────────────────────────────────────► a loop with a main task, as under
  // EventLoop.run
  //     │                                                │
  //     └──────────────► leave: the thread is free ◄─────┘ when all tasks have ended

  /** Neither loop nor task are made. */
  private boolean alone = true;

  private @Nullable TaskState<?> main;
  private @Nullable Outcome mainOutcome;

  /**
   * A plain call begins.
   *
   * @param place of its thread
   */
  PlainLoop(Object[] place) {
    super(null);
    depth = 1;
    contended(false); // nobody else knows it yet
    enterThread(place);
  }

  @Override
  protected @Nullable TaskState<?> outermostMade() {
    if (!alone) {
      return null; // a job's or a timer's turn
    }
    // Where memory or stack run out it is still alone, and this loop was never seen.
    LoopScheduler core = LoopScheduler.ofPlainCall(this, EventLoop::new);
    TaskState<?> t = NewTask.plainCall(core);
    beginMain(t);
    loop(core);
    main = t;
    alone = false;
    return t;
  }

  /** An interrupt cancels the call, which needs its loop for that. */
  @Override
  protected boolean callIsAlone() {
    return alone && !Thread.currentThread().isInterrupted();
  }

  /** A task that the thread waits for has its callers on the thread's stack. */
  @Override
  protected @Nullable String start() {
    return currentIfMade() == main ? null : super.start();
  }

  @Override
  protected void ending(TaskState<?> t) {
    if (t == main) {
      mainOutcome = outcome();
    }
  }

  @Override
  public void complete() {
    LoopScheduler core = loop();
    TaskState<?> m = Objects.requireNonNull(main);
    if (!mainReturned(m)) {
      core.runner.runUntilDone(m);
      core.deadlock.rethrow();
    }
    giveOutcome(Objects.requireNonNull(mainOutcome));
  }

  @Override
  public void leave(@Nullable Throwable failure) {
    TaskState<?> m = main;
    if (m == null) {
      endHere();
      return;
    }
    try {
      mainLeaves(m, failure);
    } finally {
      try {
        end(true);
      } finally {
        endHere();
        loop().thread = null;
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
