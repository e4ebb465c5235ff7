package dev.coweave.durable;

/** There is no run of an id that could still take what is for it: it was never started, or has ended. */
public final class NoSuchRun extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The text with a code, as docs/errors.md explains it. */
  public NoSuchRun(String message) {
    super(message);
  }
}
