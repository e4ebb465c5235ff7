package dev.coweave.task;

import org.jspecify.annotations.Nullable;

/**
 * A timer that is nothing else.
 *
 * @hidden
 */
public abstract class PlainTimer implements Timer {
  private int slot = -1;
  private @Nullable Object handle;

  /** For subclasses. */
  protected PlainTimer() {}

  @Override
  public final int slot() {
    return slot;
  }

  @Override
  public final void slot(int slot) {
    this.slot = slot;
  }

  @Override
  public final @Nullable Object handle() {
    return handle;
  }

  @Override
  public final void handle(@Nullable Object handle) {
    this.handle = handle;
  }
}
