package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/** The wait of {@link Task#suspend}. */
final class Suspension<T extends @Nullable Object> extends Resumption<T> {
  // Guarded by this.
  private @Nullable Runnable action;
  private boolean withdrawn;

  Suspension(TaskState<?> task) {
    super(task);
  }

  @Override
  public void onCancel(Runnable action) {
    synchronized (this) {
      if (this.action != null) {
        throw new IllegalStateException("Resumption.onCancel was called before");
      }
      this.action = action;
      if (!withdrawn) {
        return;
      }
    }
    run(action);
  }

  @Override
  protected void withdrawn() {
    Runnable a;
    synchronized (this) {
      withdrawn = true;
      a = action;
    }
    if (a != null) {
      run(a);
    }
  }

  /** Has the action done elsewhere if this is one of the runtime's threads, such as that of a timeout. */
  @Override
  void cancel() {
    if (ServiceThreads.isHere()) {
      NoHome.execute(super::cancel);
    } else {
      super.cancel();
    }
  }

  private static void run(Runnable action) {
    try {
      action.run();
    } catch (Throwable t) {
      RuntimeLog.error("the action of Resumption.onCancel failed", t);
    }
  }
}
