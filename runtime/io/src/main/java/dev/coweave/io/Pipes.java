package dev.coweave.io;

import dev.coweave.coroutine.Operation;
import dev.coweave.io.network.Network;
import dev.coweave.wait.OffloadedCall;
import java.io.Closeable;
import java.io.IOException;

/** The common part of a process's streams. */
final class Pipes {
  private Pipes() {}

  /**
   * Refuses to wait for a process in a simulation.
   *
   * @param operation as the user wrote it
   * @throws UnsupportedOperationException in a simulation
   */
  static void checkReal(Operation operation) {
    if (!Network.isReal()) {
      throw new UnsupportedOperationException(
          "COWEAVE-408: "
              + operation
              + " in a simulation\n"
              + "  because: a process runs in real time, and no seed could repeat what it does\n"
              + "  fix: call it through something that the test replaces; or test that part by"
              + " EventLoop.run, outside the simulation");
    }
  }

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
