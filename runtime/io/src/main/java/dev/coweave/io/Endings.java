package dev.coweave.io;

/** Closes what nobody uses any more. */
final class Endings {
  private Endings() {}

  /** Closes something whose failures concern nobody. */
  static void closeQuietly(AutoCloseable c) {
    try {
      c.close();
    } catch (Exception e) {
      // There is nothing to lose.
    }
  }

  /** Closes what could not be used, for a reason that is thrown next. */
  static void closeAfter(Throwable reason, AutoCloseable c) {
    try {
      c.close();
    } catch (Throwable t) {
      if (t != reason) {
        reason.addSuppressed(t);
      }
    }
  }
}
