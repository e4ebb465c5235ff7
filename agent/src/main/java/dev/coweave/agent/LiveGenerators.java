package dev.coweave.agent;

import dev.coweave.agent.TargetJvm.Unreachable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/**
 * The generators that another JVM keeps, each with the lines at which it stands. Nobody lists generators, which are plain objects, so that they
 * cost nothing: the JVM dumps its heap into a file, which is read here, and deleted.
 */
final class LiveGenerators {
  /** How a dump of tasks ends, see the runtime's {@code TaskJson}. */
  private static final String END_OF_DUMP = "\n  }\n}";

  private final Map<Kept, Long> kept;

  /**
   * Generators in one place.
   *
   * @param method whose body they run
   * @param state in words
   * @param stack the calls that the body is in, innermost first
   */
  record Kept(String method, String state, List<StackTraceElement> stack) {}

  LiveGenerators(Map<Kept, Long> kept) {
    this.kept = kept;
  }

  /**
   * Looks for them. The file is where {@code java.io.tmpdir} of this command says; nobody but its user can read it.
   *
   * @throws Unreachable if the JVM can't dump its heap
   */
  static LiveGenerators in(TargetJvm jvm) throws Unreachable {
    try {
      Path directory = Files.createTempDirectory("coweave");
      directory.toFile().deleteOnExit();
      Path file = directory.resolve("heap.hprof");
      file.toFile().deleteOnExit(); // also if this is interrupted by a signal
      try {
        jvm.dumpHeap(file);
        return new LiveGenerators(GeneratorFinder.find(file));
      } finally {
        Files.deleteIfExists(file);
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new Unreachable(
          "the dump of its heap can't be made or read: " + e,
          "set -Djava.io.tmpdir=DIR before -jar to where the heap has room and both may write");
    }
  }

  /** Lines that follow the tree of tasks. */
  String text() {
    if (kept.isEmpty()) {
      return "no generators";
    }
    StringBuilder s = new StringBuilder("generators:");
    for (Map.Entry<Kept, Long> e : sorted()) {
      Kept k = e.getKey();
      s.append("\n  ").append(e.getValue()).append(" of ").append(k.method);
      s.append(": ").append(k.state);
      k.stack.forEach(call -> s.append("\n      at ").append(call));
    }
    return s.toString();
  }

  /** A JSON array: numbers are strings, as in the JDK's thread dumps. */
  String json() {
    StringBuilder s = new StringBuilder("[");
    for (Map.Entry<Kept, Long> e : sorted()) {
      Kept k = e.getKey();
      s.append(s.length() == 1 ? "\n" : ",\n").append("      {\n");
      s.append("        \"method\": ").append(string(k.method)).append(",\n");
      s.append("        \"state\": ").append(string(k.state)).append(",\n");
      s.append("        \"count\": ").append(string(e.getValue().toString())).append(",\n");
      s.append("        \"stack\": [");
      for (int i = 0; i < k.stack.size(); i++) {
        s.append(i == 0 ? "\n" : ",\n").append(" ".repeat(10));
        s.append(string(k.stack.get(i).toString()));
      }
      s.append("\n        ]\n      }");
    }
    return s.append("\n    ]").toString();
  }

  /**
   * Adds them to a dump of tasks.
   *
   * @param dumps of all runtimes: the first is of the whole JVM then
   */
  String addTo(String dumps) {
    int end = dumps.indexOf(END_OF_DUMP);
    if (end < 0) { // by a runtime of another version
      return dumps + "\n{\n    \"generators\": " + json() + "\n}";
    }
    return dumps.substring(0, end) + ",\n    \"generators\": " + json() + dumps.substring(end);
  }

  /** The most first, of each method together. */
  private List<Map.Entry<Kept, Long>> sorted() {
    Comparator<Map.Entry<Kept, Long>> byMethod = Comparator.comparing(e -> e.getKey().method);
    return kept.entrySet().stream()
        .sorted(
            byMethod
                .thenComparing(Map.Entry.<Kept, Long>comparingByValue().reversed())
                .thenComparing(e -> e.getKey().toString()))
        .toList();
  }

  /** RFC 8259, 7. Names of classes and methods may have any character. */
  private static String string(String text) {
    StringBuilder s = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        s.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c)) {
        s.append("\\u%04x".formatted((int) c));
      } else {
        s.append(c);
      }
    }
    return s.append('"').toString();
  }
}
