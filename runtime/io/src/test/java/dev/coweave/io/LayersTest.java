package dev.coweave.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;

/** Holds the compiled classes against the picture of the packages in ARCHITECTURE.md. To add an arrow, draw it there first. */
class LayersTest {
  private static final Pattern ARROW = Pattern.compile("(?m)^ +(dev\\.coweave\\S*) +-> (\\S+)");

  private static final Pattern USE =
      Pattern.compile("(?m)^ +(dev\\.coweave\\.io\\S*) +-> (dev\\.coweave\\.io\\S*)");

  @Test
  void io_usesTheKernelAsThePictureSays() {
    Set<String> used = new TreeSet<>();
    Matcher m = ARROW.matcher(jdeps("-verbose:package"));
    while (m.find()) {
      if (m.group(2).startsWith("dev.coweave") && !m.group(2).equals(m.group(1))) {
        used.add(m.group(1) + " -> " + m.group(2));
      }
    }
    assertEquals(
        Set.of(
            "dev.coweave.io -> dev.coweave",
            "dev.coweave.io -> dev.coweave.coroutine",
            "dev.coweave.io -> dev.coweave.io.network",
            "dev.coweave.io -> dev.coweave.sync",
            "dev.coweave.io -> dev.coweave.task",
            "dev.coweave.io -> dev.coweave.wait",
            "dev.coweave.io.network -> dev.coweave",
            "dev.coweave.io.network -> dev.coweave.coroutine",
            "dev.coweave.io.network -> dev.coweave.wait"),
        used);
  }

  /** Of source files of which each needs all others; see the kernel's. */
  @Test
  void knots_areSmall() {
    Matcher m = USE.matcher(jdeps("-verbose:class"));
    Map<String, Set<String>> reached = new TreeMap<>();
    while (m.find()) {
      reached.computeIfAbsent(file(m.group(1)), f -> new TreeSet<>()).add(file(m.group(2)));
    }
    assertTrue(reached.size() > 10, reached.toString());
    for (String through : Set.copyOf(reached.keySet())) { // Warshall's
      for (Set<String> others : reached.values()) {
        if (others.contains(through)) {
          others.addAll(reached.get(through));
        }
      }
    }
    reached.forEach(
        (f, others) -> {
          Set<String> knot = new TreeSet<>(others);
          knot.removeIf(o -> !reached.getOrDefault(o, Set.of()).contains(f));
          assertTrue(knot.size() <= 6, knot.toString());
        });
  }

  private static String file(String className) {
    return className.replaceFirst("\\$.*", "");
  }

  private static String jdeps(String detail) {
    StringWriter printed = new StringWriter();
    PrintWriter out = new PrintWriter(printed);
    ToolProvider.findFirst("jdeps").orElseThrow().run(out, out, detail, "-filter:none", place());
    return printed.toString();
  }

  /** The directory of the classes, without the module's description: it would have to be resolved. */
  private static String place() {
    return Path.of(
            URI.create(
                TcpServer.class.getProtectionDomain().getCodeSource().getLocation().toString()))
        .resolve("dev")
        .toString();
  }
}
