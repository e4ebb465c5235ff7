package dev.coweave.agent;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** A flame graph as one page of HTML, which loads nothing from anywhere. */
final class FlamePage {
  /** In place of what is shown, and of its title, in the page's resource. */
  private static final String DATA = "/*DATA*/";

  private static final String TITLE = "/*TITLE*/";

  /** A call with what it calls. */
  private static final class Node {
    long total;
    final Map<String, Node> callees = new LinkedHashMap<>();

    /** As {@code ["name", total, [callees]]}. */
    void write(String name, StringBuilder s) {
      s.append('[').append(literal(name)).append(',').append(total).append(",[");
      String comma = "";
      for (Map.Entry<String, Node> c : callees.entrySet()) {
        s.append(comma);
        c.getValue().write(c.getKey(), s);
        comma = ",";
      }
      s.append("]]");
    }
  }

  private FlamePage() {}

  /**
   * Returns the page.
   *
   * @param stacks what it shows
   * @param title of the page: the file, and what is counted
   * @throws IOException if the jar is damaged
   */
  static String of(CollapsedStacks stacks, String title) throws IOException {
    Node root = new Node();
    stacks
        .counts()
        .forEach(
            (stack, count) -> {
              Node at = root;
              at.total += count;
              for (String call : stack) {
                at = at.callees.computeIfAbsent(call, c -> new Node());
                at.total += count;
              }
            });
    StringBuilder data = new StringBuilder();
    root.write("all", data);
    return template().replace(TITLE, literal(title)).replace(DATA, data);
  }

  private static String template() throws IOException {
    try (InputStream in = FlamePage.class.getResourceAsStream("flame.html")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** A literal of JavaScript that can stand in an element of HTML. */
  private static String literal(String text) {
    StringBuilder s = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (Character.isLetterOrDigit(c) || " .$_,:-()".indexOf(c) >= 0) {
        s.append(c);
      } else {
        s.append("\\u%04x".formatted((int) c));
      }
    }
    return s.append('"').toString();
  }
}
