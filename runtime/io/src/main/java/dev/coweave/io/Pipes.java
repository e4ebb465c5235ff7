package dev.coweave.io;

import dev.coweave.wait.OffloadedCall;
import java.io.Closeable;
import java.io.IOException;

/** The common part of a process's streams. */
final class Pipes {
  private Pipes() {}

  /** Closes a stream on a worker thread, for that may block. */
  static void close(Closeable stream) {
    try {
      OffloadedCall.run(() -> closeNow(stream));
    } catch (Throwable t) { // no thread can be started
      closeNow(stream);
    }
  }

  private static void closeNow(Closeable stream) {
    try {
      stream.close();
    } catch (Throwable t) {
      // Nobody reads or writes it any more.
    }
  }

  /** Returns what an operation throws after a worker's read or write has failed; an Error is thrown as it is, each time. */
  static IOException failure(Throwable failed) {
    if (failed instanceof Error e) {
      throw e;
    }
    return new IOException(failed.getMessage(), failed);
  }
}
