package dev.coweave.task;

import dev.coweave.coroutine.Operation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The wait for another task's end. The task keeps it in a list, which it leaves if it ends before; see {@link TaskDetails}. */
final class TaskWait<T extends @Nullable Object> extends Resumption<T> {
  static final Operation OPERATION = Operation.behind(TaskWait.class, "Task.await");

  private final TaskState<T> awaited;

  /** Neighbours in the list of those who wait for the task; guarded by its details. */
  @Nullable TaskWait<?> previous;

  @Nullable TaskWait<?> next;

  private TaskWait(TaskState<?> waiting, TaskState<T> awaited) {
    super(waiting);
    this.awaited = awaited;
  }

  static <T extends @Nullable Object> T begin(TaskState<T> awaited, TaskContinuation tc) {
    if (awaited == tc.current) {
      throw new IllegalStateException("a task awaits itself: it could never end");
    }
    TaskWait<T> w = new TaskWait<>(tc.task(), awaited);
    if (!awaited.details().add(w, awaited)) {
      w.ended();
    }
    return tc.suspend(w);
  }

  /** The task has ended. Allocates nothing: the next turn asks it for its outcome. */
  void ended() {
    endLater();
  }

  @Override
  T outcome() {
    return Outcomes.of(awaited);
  }

  @Override
  protected void withdrawn() {
    awaited.details().remove(this);
  }

  @Override
  protected Operation operation() {
    return OPERATION;
  }

  @Override
  protected boolean isInternal() {
    return isOf(awaited.scheduler);
  }

  @Override
  protected List<TaskState<?>> blockers() {
    return List.of(awaited);
  }

  @Override
  String awaited() {
    return awaited.name();
  }

  @Override
  protected Object subject() {
    return awaited;
  }
}
