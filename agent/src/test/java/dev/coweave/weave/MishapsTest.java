package dev.coweave.weave;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.task.TaskDump;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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

  /** What {@code pstree} shows of a mishap that is left alone. */
  private static final Pattern OUTSIDE =
      Pattern.compile("```text pstree (\\d+)\n(.*?)```", Pattern.DOTALL);

  /** How each of these is run. */
  private static final Map<Integer, String> RUNS =
      Map.of(
          7, "EventLoop.run(Mishap::poll);",
          11, "EventLoop.run(() -> Mishap.open(() -> open));",
          16, "EventLoop.run(() -> Mishap.both(new Mutex(), new Mutex()));");

  /** What is in it once it is stuck; a loop is seen now in one line, now in the other. */
  private static final Map<Integer, String> SEEN =
      Map.of(7, "Mishap.java:3", 11, "Mishap.java:4", 16, "deadlock");

  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(30);

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
    List<MatchResult> mishaps = MISHAP.matcher(page).results().toList();
    assertEquals(RUNS.size(), OUTSIDE.matcher(page).results().count());
    actual =
        OUTSIDE
            .matcher(actual)
            .replaceAll(
                m ->
                    java.util.regex.Matcher.quoteReplacement(
                        m.group().substring(0, m.start(2) - m.start())
                            + outside(Integer.parseInt(m.group(1)), mishaps)
                            + "```"));
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

  /** What a look from another thread shows, which is what pstree prints. */
  private static String outside(int number, List<MatchResult> mishaps) {
    String driver =
        "class Driver { static volatile boolean open; public static void main(String[] args) throws"
            + " Exception { "
            + RUNS.get(number)
            + " } }";
    ClassLoader loader =
        Compiled.from(IMPORTS + mishaps.get(number - 1).group(2) + driver).woven(Options.BUILD);
    Thread runs = new Thread(() -> runQuietly(loader), "mishap");
    runs.start();
    try {
      Set<String> seen = new HashSet<>();
      long start = System.nanoTime();
      while (true) {
        String tree = TaskDump.ofAll();
        int from = tree.indexOf("event loop on thread mishap");
        boolean isStuck = tree.contains(SEEN.get(number));
        if (from >= 0 && isStuck && !seen.add(tree)) { // the same twice
          return normalized(tree.substring(from).replaceAll(", for (up to )?\\d+ s", ""));
        }
        assertTrue(System.nanoTime() - start < PATIENCE, tree);
      }
    } finally {
      end(runs, loader);
    }
  }

  private static void runQuietly(ClassLoader loader) {
    try {
      Method main = loader.loadClass("app.Driver").getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) new String[0]);
    } catch (ReflectiveOperationException e) {
      // It was interrupted.
    }
  }

  private static void end(Thread runs, ClassLoader loader) {
    try {
      Field open = loader.loadClass("app.Driver").getDeclaredField("open");
      open.setAccessible(true);
      open.setBoolean(null, true);
      runs.interrupt();
      runs.join();
    } catch (ReflectiveOperationException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Without the frames of others than the program, and without what differs from run to run. */
  private static String normalized(String text) {
    List<String> others = List.of("at dev.coweave.", "at java.", "at jdk.", "at org.", "... ");
    return text.lines()
        .filter(l -> others.stream().noneMatch(l.strip()::startsWith) && !l.contains("Mishap$$"))
        .filter(l -> !l.contains("app.Driver"))
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
