package dev.coweave.task;

import dev.coweave.coroutine.Operation;
import org.jspecify.annotations.Nullable;

/**
 * A wait that a {@link RoundRobin} keeps itself, as others see it. It takes part in nothing: made for those who look, and for what its end
 * throws.
 */
final class TurnWait extends Resumption<@Nullable Void> {
  private final Operation operation;

  TurnWait(Operation operation, long since) {
    super(null);
    this.operation = operation;
    begins(since);
  }

  @Override
  protected Operation operation() {
    return operation;
  }
}
