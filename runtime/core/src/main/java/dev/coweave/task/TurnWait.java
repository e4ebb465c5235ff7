package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import org.jspecify.annotations.Nullable;

/**
 * A wait whose scheduler looks itself, as the task's turn comes, whether it is over: nobody wakes the task. For those who write schedulers. It
 * allocates nothing, for it may be used again once it is over; only {@link #cancel} is called by other threads, be it for an earlier use.
 *
 * @hidden
 */
public abstract class TurnWait extends Resumption<@Nullable Void> {
  private @Nullable Throwable failure;

  /** One that no task waits in. */
  protected TurnWait() {
    super(null);
  }

  /** Whether the task may go on. The wait throws whatever this throws. */
  protected abstract boolean isOver();

  /**
   * Whether the wait ends now: it is over, or its task is cancelled. In the task's turn; what is over wins.
   *
   * @param t the task that waits in it
   */
  final boolean ends(TaskState<?> t) {
    boolean over;
    try {
      over = isOver();
    } catch (Throwable e) {
      failure = e;
      over = true;
    }
    boolean ends = over || t.isCancelPending();
    if (ends) {
      decideNow(over);
    }
    return ends;
  }

  /** Its task has gone on: it may be used again. */
  final void renew() {
    failure = null;
    reset();
  }

  @Override
  @SuppressWarnings("NullAway") // a Void is null
  final Void outcome() {
    Throwable t = failure;
    if (t != null) {
      Continuation.<RuntimeException>sneakyThrow(t);
    }
    return null;
  }

  /** The next look sees it. */
  @Override
  final void cancel() {}
}
