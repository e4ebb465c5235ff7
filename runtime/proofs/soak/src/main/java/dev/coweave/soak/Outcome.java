package dev.coweave.soak;

import dev.coweave.task.TaskCancelled;
import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeoutException;

/** How one side of a connection ended. */
enum Outcome {
  /** All bytes went both ways, and then the stream ended. */
  WELL,

  /** The peer ended its stream early. */
  SHORT,

  /** The peer, or what happened to it, broke the connection. */
  BROKEN,

  /** The task was cancelled. */
  CANCELLED,

  /** The task waited no longer. */
  TIMED_OUT,

  /** It was closed or reset on this side. */
  CLOSED,

  /** Nobody listens. */
  REFUSED,

  /** Something that never may happen. */
  WRONG;

  static Outcome of(Throwable failure) {
    if (failure instanceof TaskCancelled) {
      return CANCELLED;
    } else if (failure instanceof TimeoutException) {
      return TIMED_OUT;
    } else if (failure instanceof ClosedChannelException) {
      return CLOSED;
    } else if (failure instanceof ConnectException) {
      return REFUSED;
    } else if (failure instanceof EOFException) {
      return SHORT;
    }
    return failure instanceof IOException ? BROKEN : WRONG;
  }
}
