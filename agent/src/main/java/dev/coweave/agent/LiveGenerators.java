package dev.coweave.agent;

import dev.coweave.agent.TargetJvm.Unreachable;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The generators that another JVM keeps, by the methods that they are of. Nobody lists generators, which are plain objects: so the JVM counts the
 * objects of their classes, after a full collection.
 */
final class LiveGenerators {
  // Both texts are those of jcmd's commands VM.class_hierarchy and GC.class_histogram, on JDK 17 to
  // 25:
  //
  //   |  |--com.acme.Pages$$pages/0x00007f0c5c0a1b20
  //      12:             3            144  com.acme.Pages$$pages (app)

  private static final List<String> BASES =
      List.of("dev.coweave.generator.Generator", "dev.coweave.coroutine.GeneratorFrame");

  private static final Pattern SUBCLASS = Pattern.compile("\\|--(\\S+\\$\\$\\S+)/\\S+");
  private static final Pattern COUNT =
      Pattern.compile("(?m)^\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+(\\S+\\$\\$\\S+).*$");

  private LiveGenerators() {}

  /** What they are, as lines that follow the tree of tasks. */
  static String in(TargetJvm jvm) throws Unreachable {
    Set<String> classes = new HashSet<>();
    for (String base : BASES) {
      SUBCLASS
          .matcher(jvm.diagnose("vmClassHierarchy", "-s", base))
          .results()
          .forEach(m -> classes.add(m.group(1)));
    }
    String counted = classes.isEmpty() ? "" : jvm.diagnose("gcClassHistogram");
    return text(classes, counted);
  }

  /**
   * Reads the texts.
   *
   * @param classes of generators
   * @param histogram of all objects
   */
  static String text(Set<String> classes, String histogram) {
    Map<String, Long> byMethod = new TreeMap<>();
    Matcher m = COUNT.matcher(histogram);
    while (m.find()) {
      if (classes.contains(m.group(2))) {
        byMethod.merge(method(m.group(2)), Long.parseLong(m.group(1)), Long::sum);
      }
    }
    return byMethod.isEmpty()
        ? "no generators"
        : byMethod.entrySet().stream()
            .map(e -> "\n  " + e.getValue() + " of " + e.getKey())
            .collect(Collectors.joining("", "generators, suspended or kept after their end:", ""));
  }

  /** {@code com.acme.Pages$$pages$1}, of an overload, as {@code com.acme.Pages.pages}. */
  private static String method(String className) {
    return className.replaceFirst("\\$\\$", ".").replaceFirst("\\$\\d+$", "").replace('$', '.');
  }
}
