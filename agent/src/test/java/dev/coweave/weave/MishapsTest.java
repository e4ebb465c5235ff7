package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Does what docs/mishaps.md shows, and compares what is said. */
class MishapsTest {
  private static final Path PAGE = Path.of("../docs/mishaps.md");
  private static final Path WRITTEN = Path.of("target/mishaps.md");

  /** A program, and what it says: javac, or the run. */
  private static final Pattern MISHAP =
      Pattern.compile(
          "```java( unwoven)?\n(.*?)```\n\n```text (javac|run)\n(.*?)```", Pattern.DOTALL);

  private static final String IMPORTS =
      "import dev.coweave.loop.VirtualClock; import dev.coweave.sync.Mutex; import"
          + " dev.coweave.task.TaskScope; import java.util.concurrent.locks.*; ";

  @Test
  void eachMishap_saysWhatThePageShows() throws IOException {
    String page = Files.readString(PAGE);
    assertEquals(20, MISHAP.matcher(page).results().count());
    String actual =
        MISHAP
            .matcher(page)
            .replaceAll(
                m ->
                    java.util.regex.Matcher.quoteReplacement(
                        m.group().substring(0, m.start(4) - m.start()) + said(m) + "```"));
    if (!actual.equals(page)) {
      Files.createDirectories(WRITTEN.getParent());
      Files.writeString(WRITTEN, actual);
    }
    assertEquals(page, actual, "what is said was written to " + WRITTEN.toAbsolutePath());
  }

  @Test
  void eachMishap_hasItsPlace() throws IOException {
    MISHAP
        .matcher(Files.readString(PAGE))
        .results()
        .forEach(m -> assertTrue(m.group(4).contains("Mishap.java:"), m.group()));
  }

  private static String said(MatchResult m) {
    Compiled c = Compiled.from(IMPORTS + m.group(2));
    if (m.group(3).equals("run")) {
      return run(m.group(1) == null ? c.woven(Options.BUILD) : c.unwoven());
    }
    return c.classFiles.keySet().stream()
        .flatMap(n -> c.weave(n.substring("app/".length())).problems().stream())
        .map(p -> p + "\n")
        .collect(Collectors.joining());
  }

  private static String run(ClassLoader loader) {
    StringWriter text = new StringWriter();
    PrintWriter out = new PrintWriter(text, true);
    Logger logger = Logger.getLogger("dev.coweave");
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord r) {
            synchronized (text) {
              out.println(r.getMessage());
              if (r.getThrown() != null) {
                r.getThrown().printStackTrace(out);
              }
            }
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    try {
      Method main = loader.loadClass("app.Mishap").getMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) new String[0]);
    } catch (InvocationTargetException e) {
      e.getCause().printStackTrace(out);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    } finally {
      logger.removeHandler(handler);
    }
    return normalized(text.toString());
  }

  /** Without the frames of others than the program, and without what differs from run to run. */
  private static String normalized(String text) {
    List<String> others = List.of("at dev.coweave.", "at java.", "at jdk.", "at org.", "... ");
    return text.lines()
        .filter(l -> others.stream().noneMatch(l.strip()::startsWith) && !l.contains("Mishap$$"))
        .map(l -> l.replace("\t", "    ").replaceAll("@[0-9a-f]{4,}", "@…"))
        .map(l -> l.replaceAll("task-\\d+", "task-1"))
        .map(l -> l.replaceAll("(lambda\\$\\w+)\\$\\d+", "$1\\$0"))
        .map(
            l ->
                l.replaceAll("at app\\.Mishap", "at Mishap")
                    .replaceAll("at .*//Mishap", "at Mishap"))
        .map(l -> l + "\n")
        .collect(Collectors.joining());
  }
}
