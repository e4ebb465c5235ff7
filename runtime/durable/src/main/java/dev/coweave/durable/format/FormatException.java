package dev.coweave.durable.format;

import org.jspecify.annotations.Nullable;

/** A run can't be written as text, or not be read. */
public final class FormatException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Fault fault;
  private final @Nullable String needs;

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
    this(fault, what, cause, null);
  }

  private FormatException(
      Fault fault, String what, @Nullable Throwable cause, @Nullable String needs) {
    super(fault.message(what), cause);
    this.fault = fault;
    this.needs = needs;
  }

  /** The run can go on where there is a service of the name. */
  static FormatException noService(String name, String path) {
    return new FormatException(
        Fault.NO_SERVICE, path + ": the engine has no service " + name, null, SERVICE + name);
  }

  /** The run can go on where there is the method. */
  static FormatException noMethod(String owner, String name) {
    return new FormatException(
        Fault.CODE_CHANGED,
        "the program has no durable method " + owner + "." + name,
        null,
        METHOD + owner + "#" + name);
  }

  /** What {@link #needs} begins with. */
  public static final String SERVICE = "service:";

  /** The same for a method: its class's name, a #, its own. */
  public static final String METHOD = "method:";

  /** What this program hasn't got and another that shares the database may have, or null. */
  public @Nullable String needs() {
    return needs;
  }

  /** What has gone wrong. */
  public Fault fault() {
    return fault;
  }
}
