package dev.coweave.coroutine;

/** The frame of an operation of the runtime itself, which traces show as the method that the user called. */
public abstract class OperationFrame extends Frame {
  private final Operation operation;

  /**
   * A frame of one call.
   *
   * @param operation the method as the user wrote it
   */
  protected OperationFrame(Operation operation) {
    this.operation = operation;
  }

  /** A callee has suspended: keeps where this goes on, and links this under the caller's frame. */
  protected final void save(int at, Continuation c) {
    state = (short) at;
    c.push(this);
  }

  /** The method as the user wrote it. */
  protected final Operation operation() {
    return operation;
  }

  @Override
  public final String trace() {
    return operation.trace();
  }
}
