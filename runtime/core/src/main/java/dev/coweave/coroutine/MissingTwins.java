package dev.coweave.coroutine;

import java.net.URL;
import java.security.CodeSource;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Says what is the matter where woven code calls a coroutine that has no twin: its class was woven when the caller was, and is not
 * now. The JVM only says that a method is missing.
 */
final class MissingTwins {
  /** {@code 'int com.acme.Lib.fetch(int, dev.coweave.coroutine.Continuation)'}, as HotSpot writes it. */
  private static final Pattern TWIN =
      Pattern.compile(
          "'(?:\\S+ )?(\\S+)\\.([^.(]+)\\((.*?)(?:, )?"
              + Pattern.quote(MissingTwins.class.getPackageName() + ".Continuation")
              + "\\)'");

  private MissingTwins() {}

  /**
   * Gives the error of a missing twin a cause that explains it; of any other throwable does nothing.
   *
   * @param t what was thrown
   * @param loader of the class that may have called the twin
   */
  static void explain(Throwable t, @Nullable ClassLoader loader) {
    if (t instanceof NoSuchMethodError && t.getCause() == null && t.getMessage() != null) {
      Matcher m = TWIN.matcher(t.getMessage());
      if (m.matches()) {
        try {
          t.initCause(new IllegalStateException(text(m.group(1), m.group(2), m.group(3), loader)));
        } catch (IllegalStateException e) {
          // It has a cause, which says more.
        }
      }
    }
  }

  private static String text(
      String owner, String name, String parameters, @Nullable ClassLoader loader) {
    return owner
        + "."
        + name
        + "("
        + parameters
        + ")"
        + place(owner, loader)
        + " is no woven coroutine"
        + "\n  because: its class was woven when the caller was, and is not any more\n"
        + JavaStack.HOW_TO_WEAVE;
  }

  /** {@code  in file:/…/lib.jar}, if that is known. */
  private static String place(String owner, @Nullable ClassLoader loader) {
    try {
      CodeSource source = Class.forName(owner, false, loader).getProtectionDomain().getCodeSource();
      URL location = source == null ? null : source.getLocation();
      return location == null ? "" : " in " + location;
    } catch (ClassNotFoundException | LinkageError | SecurityException e) {
      return "";
    }
  }
}
