package dev.coweave.durable;

/** A run that is awaited can't go on by itself: the message tells why, with a code. An operator resumes or terminates it. */
public final class RunParked extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String code;

  RunParked(String code, String message) {
    super(message);
    this.code = code;
  }

  /** Such as {@code COWEAVE-452}. */
  public String code() {
    return code;
  }
}
