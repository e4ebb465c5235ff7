package dev.coweave.weave;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.objectweb.asm.ClassReader;

/**
 * Where a class file is in a tree: {@code META-INF/versions/11/com/acme/A.class} is {@code com/acme/A} below {@code
 * META-INF/versions/11/}; in a war the classes are below {@code WEB-INF/classes/}.
 *
 * @param prefix empty, or ends with a slash
 * @param internalName of the class
 */
record EntryName(String prefix, String internalName) implements Comparable<EntryName> {
  static final String SUFFIX = ".class";

  private static final Pattern VERSIONED = Pattern.compile("META-INF/versions/([0-9]{1,4})/");

  /** The name of a class file that is at a path, with slashes. What precedes the class's own name is the prefix. */
  static EntryName of(String path, byte[] classFile) {
    String name = path.substring(0, path.length() - SUFFIX.length());
    String own = ownName(classFile, name);
    return name.endsWith("/" + own)
        ? new EntryName(name.substring(0, name.length() - own.length()), own)
        : new EntryName("", name);
  }

  private static String ownName(byte[] classFile, String otherwise) {
    try {
      return new ClassReader(classFile).getClassName();
    } catch (RuntimeException e) {
      // Corrupt: reported when it is woven.
      return otherwise;
    }
  }

  /**
   * Why a class can't bear a name (JVMS 4.2.1), or no file should: it would lie elsewhere, or be another's. Null if the name is fine.
   *
   * @param name internal name, or a path without {@link #SUFFIX}
   */
  static @Nullable String flaw(String name) {
    if (name.isEmpty()) {
      return "it is empty";
    }
    for (String part : name.split("/", -1)) {
      if (part.isEmpty()) {
        return "it has an empty part";
      }
      if (part.equals(".") || part.equals("..")) {
        return "it has the part '" + part + "'";
      }
    }
    return name.chars().anyMatch(Character::isISOControl) ? "it has a control character" : null;
  }

  /** The path in the tree. */
  String path() {
    return prefix + internalName + SUFFIX;
  }

  /** Another class at the same place. */
  EntryName sibling(String otherInternalName) {
    return new EntryName(prefix, otherInternalName);
  }

  /** Whether it is a module's or a package's description, which has no code. */
  boolean isDescription() {
    return internalName.equals("module-info") || internalName.endsWith("package-info");
  }

  /** Where a class that this one sees may be, the likeliest place first: its own version, older ones, the tree's root. */
  List<String> prefixes() {
    List<String> result = new ArrayList<>();
    Matcher m = VERSIONED.matcher(prefix);
    if (m.matches()) {
      for (int version = Integer.parseInt(m.group(1)); version > 8; version--) {
        result.add("META-INF/versions/" + version + "/");
      }
    } else if (!prefix.isEmpty()) {
      result.add(prefix);
    }
    result.add("");
    return result;
  }

  @Override
  public int compareTo(EntryName other) {
    return path().compareTo(other.path());
  }
}
