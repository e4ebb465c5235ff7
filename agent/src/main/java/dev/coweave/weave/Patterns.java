package dev.coweave.weave;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A list of patterns for classes and methods: {@code com.acme.**} is a package with all below it, {@code com.acme.*} one package,
 * {@code com.acme.Service} a class with its nested ones, {@code com.acme.Service.fetch} a method. In each, {@code *} stands for
 * any characters but the dot.
 */
public final class Patterns {
  /** Matches nothing. */
  public static final Patterns NONE = new Patterns(List.of());

  private final List<String> sources;
  private final List<Pattern> patterns;

  private Patterns(List<String> sources) {
    this.sources = List.copyOf(sources);
    this.patterns =
        sources.stream().map(Patterns::compile).collect(Collectors.toUnmodifiableList());
  }

  /**
   * Reads patterns.
   *
   * @param text patterns separated by commas or white space; may be empty
   * @throws IllegalArgumentException for characters that no Java name has
   */
  public static Patterns parse(String text) {
    List<String> sources = Arrays.stream(text.split("[,\\s]+")).filter(s -> !s.isEmpty()).toList();
    return sources.isEmpty() ? NONE : new Patterns(sources);
  }

  private static Pattern compile(String source) {
    if (!source.matches("[\\p{L}\\p{N}_$.*]+")) {
      throw new IllegalArgumentException(
          "not a pattern: '"
              + source
              + "'; write com.acme.**, com.acme.Service or com.acme.Service.method");
    }
    String regex =
        source
            .replace(".", "\\.")
            .replace("$", "\\$")
            .replace("\\.**", "\\..§")
            .replace("**", ".§")
            .replace("*", "[^.]*")
            .replace("§", "*");
    return Pattern.compile(regex);
  }

  /** Whether there are no patterns. */
  public boolean isEmpty() {
    return patterns.isEmpty();
  }

  /**
   * Whether a pattern matches a class, or a class that it is nested in.
   *
   * @param internalName such as {@code com/acme/Service$Inner}
   */
  public boolean matchesClass(String internalName) {
    if (patterns.isEmpty()) {
      return false;
    }
    String name = internalName.replace('/', '.');
    for (int end = name.length(); end > 0; end = name.lastIndexOf('$', end - 1)) {
      String candidate = name.substring(0, end);
      if (patterns.stream().anyMatch(p -> p.matcher(candidate).matches())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a pattern matches a method, or its class.
   *
   * @param owner the class's internal name
   * @param method the method's name
   */
  public boolean matchesMethod(String owner, String method) {
    if (patterns.isEmpty()) {
      return false;
    }
    String name = owner.replace('/', '.') + "." + method;
    return matchesClass(owner) || patterns.stream().anyMatch(p -> p.matcher(name).matches());
  }

  @Override
  public String toString() {
    return String.join(",", sources);
  }
}
