package dev.coweave.durable;

/**
 * A run is cancelled: thrown once, at the durable wait where it stands or comes to next. Later waits work, so that {@code finally} can
 * compensate. An {@code Error}, so that no {@code catch (Exception)} swallows it.
 */
public final class RunCancelled extends Error {
  private static final long serialVersionUID = 1;

  /** A cancellation. */
  public RunCancelled(String message) {
    super(message);
  }
}
