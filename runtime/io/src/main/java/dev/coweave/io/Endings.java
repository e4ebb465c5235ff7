package dev.coweave.io;

/** Closes what nobody uses any more. */
final class Endings {
  private Endings() {}

  /** Closes something whose failures concern nobody. */
  static void closeQuietly(AutoCloseable c) {
    try {
      close(c);
    } catch (Exception e) {
      // There is nothing to lose.
    }
  }

  /** Closes what could not be used, for a reason that is thrown next. */
  static void closeAfter(Throwable reason, AutoCloseable c) {
    try {
      close(c);
    } catch (Throwable t) {
      if (t != reason) {
        reason.addSuppressed(t);
      }
    }
  }

  private static void close(AutoCloseable c) throws Exception {
    try {
      c.close();
    } catch (VirtualMachineError e) {
      c.close(); // Nobody else does.
    }
  }
}
