package dev.coweave.weave;

import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** Names for the classes that are made beside one: different ones, whose files can be written on any system. */
final class CompanionNames {
  /** What file systems allow, less {@code .class} and a number. */
  private static final int MAX_BYTES = 240;

  private final Set<String> taken = new HashSet<>();
  private final String prefix;
  private final int room;

  /**
   * Names for a class's companions.
   *
   * @param owner the class's internal name
   */
  CompanionNames(String owner) {
    prefix = owner + "$$";
    room = Math.max(16, MAX_BYTES - bytes(prefix.substring(prefix.lastIndexOf('/') + 1)));
  }

  /** A name that nobody got before, as near as can be to {@code Owner$$method}. */
  String free(String method) {
    // JVMS 4.2.2 allows them, Windows doesn't.
    String suffix = method.replaceAll("[\\\\:*?\"|\\p{Cntrl}]", "_");
    while (bytes(suffix) > room) {
      suffix = suffix.substring(0, suffix.offsetByCodePoints(suffix.length(), -1));
    }
    String name = prefix + suffix;
    // Windows and macOS take f and F for one.
    for (int i = 1; !taken.add(name.toLowerCase(Locale.ROOT)); i++) {
      name = prefix + suffix + "$" + i;
    }
    return name;
  }

  private static int bytes(String s) {
    return s.getBytes(StandardCharsets.UTF_8).length;
  }
}
