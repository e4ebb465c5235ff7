package dev.coweave.durable.format;

import org.jspecify.annotations.Nullable;

/** A run can't be written as text, or not be read. */
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Fault fault;

  /**
   * An exception.
   *
   * @param what what was found
   */
  public FormatException(Fault fault, String what) {
    this(fault, what, null);
  }

  /** The same, with its cause. */
  public FormatException(Fault fault, String what, @Nullable Throwable cause) {
    super(fault.message(what), cause);
    this.fault = fault;
  }

  /** What has gone wrong. */
  public Fault fault() {
    return fault;
  }
}
