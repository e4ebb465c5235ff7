package dev.coweave.task;

import dev.coweave.coroutine.Continuation;
import dev.coweave.coroutine.Frame;
import dev.coweave.coroutine.LogicalStack;
import dev.coweave.coroutine.Operation;
import dev.coweave.coroutine.OperationFrame;
import org.jspecify.annotations.Nullable;

/** The frame of {@code TaskScope.join} and {@code close}: waits for the children, whatever happens to their owner. */
final class Joining extends OperationFrame {
  static final Operation JOIN = Operation.behind(Joining.class, "TaskScope.join");
  static final Operation CLOSE = Operation.behind(Joining.class, "TaskScope.close");

  private final TaskScope scope;
  private final boolean closing;

  /** It ended the wait before the children did, such as the owner's cancellation: thrown when they have ended. */
  private @Nullable Throwable interruption;

  /** From then on the wait is shielded. */
  private @Nullable CancelScope shield;

  Joining(TaskScope scope, boolean closing) {
    super(closing ? CLOSE : JOIN);
    this.scope = scope;
    this.closing = closing;
  }

  void begin(Continuation c) {
    if (scope.hasChildren()) {
      waitFor(c);
    } else {
      end(null, c);
    }
  }

  @Override
  public void resume(Continuation c) {
    try {
      c.takeVoid();
    } catch (Throwable t) { // the owner's cancellation; or its executor refused the turn
      interrupted(t, (TaskContinuation) c);
    }
    waitFor(c);
  }

  private void waitFor(Continuation c) {
    TaskContinuation tc;
    try {
      tc = TaskContinuation.toWait(c, operation());
    } catch (TaskCancelled t) {
      tc = (TaskContinuation) c;
      interrupted(t, tc);
    }
    if (scope.await(tc)) {
      c.push(this);
      return;
    }
    if (shield != null) {
      tc.task().enter(shield.parent);
    }
    end(caller(), c);
  }

  private void interrupted(Throwable t, TaskContinuation tc) {
    if (interruption != null) {
      Failures.suppress(interruption, t);
      return;
    }
    interruption = t;
    TaskState<?> owner = tc.task();
    shield = new CancelScope(owner.scope(), true, false);
    owner.enter(shield);
    scope.cancel();
  }

  private void end(@Nullable Frame innermost, Continuation c) {
    Throwable failure = scope.takeFailure(closing, interruption);
    if (closing) {
      scope.owner().finished(scope);
    }
    if (failure != null) {
      LogicalStack.joined(failure, operation(), innermost, c);
      Continuation.<RuntimeException>sneakyThrow(failure);
    }
  }
}
