package dev.coweave.loop;

import dev.coweave.task.ExecutorScheduler;
import org.jspecify.annotations.Nullable;

/**
 * The entry of a plain call in a callback of a task that has just ended on an executor's thread, or on that of whoever completed what it awaited:
 * the thread may wait as any of plain code. It is the task's again afterwards.
 */
final class CallbackLoop extends PlainLoop {
  private final Object[] place;
  private final ExecutorScheduler around;

  /** The turns that wait on this thread for that of the task to be over: what the call waits for may need them. */
  private final @Nullable Object turns;

  CallbackLoop(Object[] place, ExecutorScheduler around) {
    this(place, around, ExecutorScheduler.leaveTurns(place));
  }

  /** Calls nothing once the thread is marked as this loop's. */
  private CallbackLoop(Object[] place, ExecutorScheduler around, @Nullable Object turns) {
    super(place);
    this.place = place;
    this.around = around;
    this.turns = turns;
  }

  @Override
  public void complete() {
    ExecutorScheduler.runTurns(turns);
    super.complete();
  }

  @Override
  public void leave(@Nullable Throwable failure) {
    try {
      super.leave(failure);
    } finally {
      around.comesBack(place, turns);
    }
  }
}
