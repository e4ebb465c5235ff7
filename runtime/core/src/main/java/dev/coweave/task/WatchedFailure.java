package dev.coweave.task;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.concurrent.CompletionException;

/**
 * The failure of a task that nobody has asked for its outcome. The futures that depend on the task pass this very object on: as long as
 * one of them is kept somebody may ask; who looks into it has asked; and when it is garbage nobody will. It reads as the {@link
 * CompletionException} that a dependent would have made otherwise.
 */
final class WatchedFailure extends CompletionException {
  private static final long serialVersionUID = 1;

  private final transient Throwable failure;
  private final transient Unobserved.Ticket ticket;

  WatchedFailure(Throwable failure, Unobserved.Ticket ticket) {
    super(null, failure);
    this.failure = failure;
    this.ticket = ticket;
  }

  /** Returns the task's failure, for somebody who has asked otherwise. */
  static Throwable in(Throwable t) {
    return t instanceof WatchedFailure w ? w.failure : t;
  }

  // ---- by which somebody asks

  @Override
  public Throwable getCause() {
    ticket.seen();
    return failure;
  }

  @Override
  public String getMessage() {
    ticket.seen();
    return failure.toString();
  }

  @Override
  public String toString() {
    return CompletionException.class.getName() + ": " + getMessage();
  }

  @Override
  public StackTraceElement[] getStackTrace() {
    ticket.seen();
    return super.getStackTrace();
  }

  @Override
  public void printStackTrace(PrintStream s) {
    ticket.seen();
    super.printStackTrace(s);
  }

  @Override
  public void printStackTrace(PrintWriter s) {
    ticket.seen();
    super.printStackTrace(s);
  }

  /** Where it was made says nothing. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
