package dev.coweave.io;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;

/** Holds the compiled classes against the picture of the packages in ARCHITECTURE.md. To add an arrow, draw it there first. */
class LayersTest {
  private static final Pattern ARROW = Pattern.compile("(?m)^ +(dev\\.coweave\\S*) +-> (\\S+)");

  @Test
  void io_usesTheKernelAsThePictureSays() {
    Set<String> used = new TreeSet<>();
    Matcher m = ARROW.matcher(jdeps());
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

  private static String jdeps() {
    StringWriter printed = new StringWriter();
    PrintWriter out = new PrintWriter(printed);
    ToolProvider.findFirst("jdeps")
        .orElseThrow()
        .run(out, out, "-verbose:package", "-filter:none", place());
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
