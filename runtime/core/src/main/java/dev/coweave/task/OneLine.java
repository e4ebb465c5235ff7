package dev.coweave.task;

/**
 * Text as it stands in a line of a report, its control characters as Java's escapes. A name may come from outside, such as a request's: it must neither look
 * like a line of its own nor steer a terminal.
 *
 * @hidden
 */
public final class OneLine {
  private OneLine() {}

  /** What an object of the user's says of itself; its class, where it can't: a report must not fail by that. */
  public static String ofUsers(Object o) {
    try {
      return of(String.valueOf(o));
    } catch (Throwable t) {
      return o.getClass().getName() + "@" + Integer.toHexString(System.identityHashCode(o));
    }
  }

  /** The text itself if it has none. */
  public static String of(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isControl(text.charAt(i))) {
        return escaped(text);
      }
    }
    return text;
  }

  private static String escaped(String text) {
    StringBuilder s = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\n' -> s.append("\\n");
        case '\r' -> s.append("\\r");
        case '\t' -> s.append("\\t");
        default -> s.append(isControl(c) ? String.format("\\u%04x", (int) c) : String.valueOf(c));
      }
    }
    return s.toString();
  }

  private static boolean isControl(char c) {
    return Character.isISOControl(c) || c == '\u2028' || c == '\u2029' || turnsText(c);
  }

  /** Whether it turns round what follows on a terminal, and so what is said of the next task (UAX 9, 2.1 to 2.4). */
  private static boolean turnsText(char c) {
    return c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069';
  }
}
