package dev.coweave.sync;

import org.jspecify.annotations.Nullable;

/** What {@code send} to a closed {@link Channel} throws, and {@code receive} from one that is closed and empty. */
public final class ChannelClosed extends RuntimeException {
  private static final long serialVersionUID = 1;

  ChannelClosed(@Nullable Throwable cause) {
    super(cause == null ? "the channel is closed" : "the channel was closed: " + cause, cause);
  }
}
