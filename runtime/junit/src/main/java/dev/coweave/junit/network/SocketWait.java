package dev.coweave.junit.network;

import dev.coweave.coroutine.Operation;
import dev.coweave.task.Resumption;
import dev.coweave.task.TaskState;
import org.jspecify.annotations.Nullable;

/** A task's wait for something that comes over the network. */
final class SocketWait extends Resumption<@Nullable Void> {
  final Operation operation;
  private final Object subject;

  /**
   * @param subject what dumps name
   */
  SocketWait(TaskState<?> task, Operation operation, Object subject) {
    super(task);
    this.operation = operation;
    this.subject = subject;
  }

  @SuppressWarnings("NullAway") // a Void is null
  void goOn() {
    resume(null);
  }

  @Override
  protected Operation operation() {
    return operation;
  }

  @Override
  protected String described() {
    return subject.toString();
  }
}
