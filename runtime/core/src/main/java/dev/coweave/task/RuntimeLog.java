package dev.coweave.task;

import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * Tells the logger {@code dev.coweave} of failures that there is nobody to throw to. Thread-safe.
 *
 * @hidden
 */
public final class RuntimeLog {
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

  /**
   * Reports a failure.
   *
   * @param message what has failed, in words
   * @param failure what it threw
   */
  public static void error(String message, Throwable failure) {
    log(Level.ERROR, message, failure);
  }

  /** Says what the user should know, and goes on. */
  public static void warning(String message) {
    log(Level.WARNING, message, null);
  }
}
