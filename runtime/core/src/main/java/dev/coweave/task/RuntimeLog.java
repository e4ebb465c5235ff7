package dev.coweave.task;

import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** Tells the logger {@code dev.coweave} of failures that there is nobody to throw to. Thread-safe. */
final class RuntimeLog {
  private RuntimeLog() {}

  /** A logger that fails itself must not end the loop that had something to say. */
  private static void log(Level level, String message, @Nullable Throwable failure) {
    try {
      System.getLogger("dev.coweave").log(level, message, failure);
    } catch (Throwable t) {
      print(message, failure, t);
    }
  }

  private static void print(String message, @Nullable Throwable failure, Throwable why) {
    try {
      System.err.println(
          message + (failure == null ? "" : ": " + failure) + "; not logged: " + why);
    } catch (Throwable t) {
      // Neither can be said: the failure's message throws, or there is no memory.
    }
  }

  static void error(String message, Throwable failure) {
    log(Level.ERROR, message, failure);
  }

  static void warning(String message) {
    log(Level.WARNING, message, null);
  }
}
