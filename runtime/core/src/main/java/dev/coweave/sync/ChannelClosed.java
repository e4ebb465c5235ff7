package dev.coweave.sync;

import org.jspecify.annotations.Nullable;

/** Thrown by {@code send} to a closed {@link Channel}, and by {@code receive} from one that is closed and empty. */
public final class ChannelClosed extends RuntimeException {
  private static final long serialVersionUID = 1;

  ChannelClosed(@Nullable Throwable cause) {
    super(cause == null ? "the channel is closed" : "the channel was closed: " + cause, cause);
  }
}
