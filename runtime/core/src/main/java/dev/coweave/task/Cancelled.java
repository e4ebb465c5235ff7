package dev.coweave.task;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a cancelled task. It has no stack trace, for where it was made says nothing, and most are never looked at; who asks for the
 * outcome is thrown {@linkplain #asThrown another}, whose trace is the asker's.
 */
final class Cancelled extends CancellationException {
  private static final long serialVersionUID = 1;

  private final transient TaskFuture<?> task;

  /** Thrown by the body, if it suppresses failures of the clean-up. */
  private final transient @Nullable TaskCancelled thrown;

  private final transient Unobserved.@Nullable Ticket ticket;

  Cancelled(TaskFuture<?> task) {
    this(task, null, null);
  }

  /** Something failed while the task was cleaned up. */
  Cancelled(
      TaskFuture<?> task, @Nullable TaskCancelled thrown, Unobserved.@Nullable Ticket ticket) {
    this.task = task;
    this.thrown = thrown;
    this.ticket = ticket;
  }

  @Override
  public Throwable fillInStackTrace() {
    return this;
  }

  @Override
  public @Nullable String getMessage() {
    return task.label() + " was cancelled";
  }

  @Override
  public String toString() {
    return CancellationException.class.getName() + ": " + getMessage();
  }

  @Override
  public @Nullable Throwable getCause() {
    if (ticket != null) {
      ticket.seen();
    }
    return thrown;
  }

  /** Returns what is thrown for a failure. */
  static Throwable asThrown(Throwable failure) {
    return failure instanceof Cancelled c ? c.forAsker() : failure;
  }

  CancellationException forAsker() {
    CancellationException e = new CancellationException(getMessage());
    Throwable cause = getCause();
    if (cause != null) {
      e.initCause(cause);
    }
    return e;
  }
}
