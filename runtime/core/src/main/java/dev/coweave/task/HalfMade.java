package dev.coweave.task;

/**
 * Something that an operation has made and not returned yet, such as a connection that is being opened. The operation's own {@code finally} ends
 * it if it fails; where the runtime itself ends the task, for want of memory or stack, no {@code finally} runs, and this does it. For Coweave's
 * own modules.
 *
 * @hidden
 */
public final class HalfMade extends Unfinished {
  private final TaskState<?> task;
  private final Runnable end;

  private HalfMade(TaskState<?> task, Runnable end) {
    this.task = task;
    this.end = end;
  }

  /**
   * The running task has made something. {@link #isMade} must follow, whatever happens.
   *
   * @param end ends it; may be called again where that failed
   */
  public static HalfMade until(Runnable end) {
    TaskContinuation here = TaskContinuation.here();
    if (here == null) {
      throw new IllegalStateException("no task runs");
    }
    HalfMade made = new HalfMade(here.task(), end);
    made.task.begun(made);
    return made;
  }

  /** It is returned, or has been ended. */
  public void isMade() {
    task.finished(this);
  }

  @Override
  void got(Throwable failure) {}

  @Override
  void abandon() {
    try {
      end.run();
    } catch (RuntimeException e) {
      RuntimeLog.error("what an operation had half made can't be ended", e);
    }
  }
}
