package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Edits of methods in which runs are parked: what becomes of the runs stands in {@code upgrades.txt}, written down before. Each is tried under
 * a parent that is the same and under one that has changed. Prints docs/durable-upgrades.md when -Dcoweave.write is given, else compares.
 */
class UpgradeTest {
  private static final List<String> POINTS = List.of("one", "two", "three");

  private static final String PARENT =
      "public class P { @Durable @Coroutine static String main(String in) { String r ="
          + " W.work(in); return r; } public static void begin(DurableEngine e) { e.start(\"r\","
          + " () -> main(\"x\")); } }";
  private static final String CHANGED =
      PARENT
          .replace(
              "return r;",
              "for (int i = 0; i < 2; i++) { r += Durable.step(\"p\", () -> \"+\"); } return r;")
          .replace("class P", "class P2");

  @TempDir Path dir;

  /** The rows of tables. */
  private record Rows(List<Map<String, Object>> runs, List<Map<String, Object>> codes) {}

  private record Edit(String base, String title, String source, List<String> expected) {}

  @Test
  void upgrades_doWhatWasWrittenDown() throws Exception {
    StringBuilder wrong = new StringBuilder();
    StringBuilder matrix = new StringBuilder();
    AtomicInteger number = new AtomicInteger();
    int[] counts = new int[3]; // goes on, is parked, can't be seen
    int edits = 0;
    for (Map.Entry<String, List<Edit>> base : read().entrySet()) {
      if (!base.getKey().matches(System.getProperty("coweave.upgrades", ".*"))) {
        continue;
      }
      List<Edit> list = base.getValue();
      Rows rows = parked(load(false, number, list.get(0).source));
      matrix.append("\n## ").append(base.getKey()).append("\n\n```java\n");
      matrix
          .append(pretty(list.get(0).source))
          .append("\n```\n\n| edit | one | two | three |\n|---|---|---|---|\n");
      for (Edit e : list) {
        boolean ecj = e.title.contains("ecj");
        List<String> became = resumed(load(ecj, number, e.source), rows);
        List<String> expected = new ArrayList<>(e.expected);
        e.expected.forEach(x -> expected.add(isCode(x) ? x : x + "++"));
        expected.replaceAll(x -> x.replace("~", ""));
        if (!became.equals(expected)) {
          String line = e.base + ", " + e.title + ": " + became + ", not " + expected;
          System.err.println(line);
          wrong.append(line).append('\n');
        }
        edits++;
        e.expected.forEach(x -> counts[isCode(x) ? 1 : x.startsWith("~") ? 2 : 0]++);
        matrix
            .append("| ")
            .append(e.title)
            .append(" | ")
            .append(String.join(" | ", e.expected.stream().map(UpgradeTest::cell).toList()))
            .append(" |\n");
      }
    }
    assertEquals("", wrong.toString());
    compare(edits, counts, matrix.toString());
  }

  /** Runs that released versions stored are loaded for ever: by unchanged code, whatever compiles it. A file a base, a line a row. */
  @Test
  void corpus_isLoaded() throws Exception {
    AtomicInteger number = new AtomicInteger(10_000);
    for (Map.Entry<String, List<Edit>> base : read().entrySet()) {
      Edit same = base.getValue().get(0);
      Path file =
          Path.of(
              "src",
              "test",
              "resources",
              "corpus",
              "0.2.0",
              base.getKey().replace(' ', '-') + ".txt");
      Path at = Path.of(System.getProperty("basedir", ".")).resolve(file);
      ClassLoader loader = load(false, number, same.source);
      if (Boolean.getBoolean("coweave.write")) {
        Files.createDirectories(at.getParent());
        Files.writeString(at, lines(parked(loader)));
      }
      List<String> expected = new ArrayList<>(same.expected);
      same.expected.forEach(x -> expected.add(x + "++"));
      assertEquals(expected, resumed(loader, rows(Files.readAllLines(at))), base.getKey());
    }
  }

  private static String lines(Rows rows) {
    StringBuilder lines = new StringBuilder();
    rows.runs.forEach(
        r ->
            lines
                .append("run\t")
                .append(r.get("WAIT"))
                .append('\t')
                .append(r.get("STATE"))
                .append('\n'));
    rows.codes.forEach(
        c ->
            lines
                .append("code\t")
                .append(c.get("CODE"))
                .append('\t')
                .append(((String) c.get("DESCRIPTION")).replace("\t", "\\t").replace("\n", "\\n"))
                .append('\n'));
    return lines.toString();
  }

  private static Rows rows(List<String> lines) {
    List<Map<String, Object>> runs = new ArrayList<>();
    List<Map<String, Object>> codes = new ArrayList<>();
    for (String line : lines) {
      String[] f = line.split("\t");
      Map<String, Object> row = new LinkedHashMap<>();
      if (f[0].equals("run")) {
        row.put("ID", "");
        row.putAll(
            Map.of(
                "INCARNATION",
                1L,
                "STATUS",
                "active",
                "CLASS",
                "P",
                "METHOD",
                "main",
                "ORIGIN",
                "",
                "GENERATION",
                0,
                "CHECKPOINT",
                1L,
                "STATE",
                f[2],
                "WAIT",
                f[1]));
        row.putAll(
            Map.of(
                "FENCE",
                1L,
                "CLAIMS",
                0,
                "ATTEMPTS",
                0,
                "CANCEL",
                0,
                "CREATED",
                0L,
                "CHANGED",
                0L));
        runs.add(row);
      } else {
        row.put("CODE", f[1]);
        row.put("DESCRIPTION", f[2].replace("\\t", "\t").replace("\\n", "\n"));
        codes.add(row);
      }
    }
    return new Rows(runs, codes);
  }

  private static boolean isCode(String expected) {
    return expected.matches("\\d{3}");
  }

  private static String cell(String expected) {
    return isCode(expected)
        ? "parked, " + expected
        : expected.startsWith("~") ? "can't be seen" : "goes on";
  }

  private static void compare(int edits, int[] counts, String matrix) throws IOException {
    int all = counts[0] + counts[1] + counts[2];
    String text =
        "# What becomes of parked runs when code changes\n\n"
            + "Written by a test (`UpgradeTest`), which makes "
            + edits
            + " edits to methods in which runs are parked at three waits, under a caller that is"
            + " the same and under one that has changed.\n"
            + "What becomes of each run was written down before; it is compared with the run's"
            + " result. Of "
            + 2 * all
            + " runs "
            + 2 * counts[0]
            + " ("
            + 100 * counts[0] / all
            + " %) go on by themselves, "
            + 2 * counts[1]
            + " are parked with a code, and of "
            + 2 * counts[2]
            + " the change can't be seen:\n"
            + "a value has another meaning under the same name. None goes on wrongly.\n\n"
            + "`step` adds a letter to `log`; the waits are `one`, `two` and `three`. The codes are"
            + " explained in [errors](errors.md).\n"
            + matrix;
    Path file =
        Path.of(System.getProperty("basedir", "."), "..", "..", "docs", "durable-upgrades.md");
    if (Boolean.getBoolean("coweave.write")) {
      Files.writeString(file, text);
    }
    assertEquals(
        text, Files.readString(file), "docs/durable-upgrades.md; -Dcoweave.write=true writes it");
  }

  private static String pretty(String source) {
    return source
        .replaceAll("S\\((\\w+)\\)", "step($1);")
        .replaceAll("Z\\((\\w+)\\)", "wait($1);")
        .replace("D static", "@Durable @Coroutine static")
        .replace("D String", "@Durable @Coroutine String")
        .strip();
  }

  // ---- the table

  private static Map<String, List<Edit>> read() throws IOException {
    Map<String, List<Edit>> bases = new LinkedHashMap<>();
    String text;
    try (var in = UpgradeTest.class.getResourceAsStream("/upgrades.txt")) {
      text = new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
    String[] parts = text.split("\n# ");
    for (String part : List.of(parts).subList(1, parts.length)) {
      String name = part.lines().findFirst().orElseThrow();
      int edits = part.indexOf("\n- ");
      String source = part.substring(name.length(), edits).strip();
      List<Edit> list = new ArrayList<>();
      part.substring(edits)
          .strip()
          .lines()
          .forEach(l -> list.add(edit(name, source, l.substring(2))));
      bases.put(name, list);
    }
    return bases;
  }

  private static Edit edit(String base, String source, String line) {
    String[] halves = line.split(" \\|\\|( |$)", 2);
    String[] fields = halves[0].split(" \\| (?=\\S.* =>|\\S+ =>)");
    String edited = source;
    for (String f : List.of(fields).subList(1, fields.length)) {
      String[] change = f.split(" =>( |$)", 2);
      String find = change[0].replace("\\n", "\n");
      if (!edited.contains(find)) {
        throw new IllegalArgumentException(
            base + ", " + fields[0] + ": nothing to replace: " + find);
      }
      edited = edited.replace(find, change[1].replace("\\n", "\n"));
    }
    List<String> expected = List.of(halves[1].split(" \\| "));
    String first = expected.get(0);
    return new Edit(
        base, fields[0], edited, expected.size() == 1 ? List.of(first, first, first) : expected);
  }

  // ---- what becomes of the runs

  private ClassLoader load(boolean ecj, AtomicInteger number, String source) throws IOException {
    String java =
        ("public class W { " + source + "\n}")
            .replaceAll("S\\((\\w+)\\)", "log += Durable.step(\"$1\", () -> \"$1\");")
            .replaceAll("Z\\((\\w+)\\)", "Durable.sleep(\"$1\", Duration.ofHours(1));")
            .replaceAll("\\bD (?=public|static|String|Object)", "@Durable @Coroutine ");
    Path place = Files.createDirectories(dir.resolve("v" + number.incrementAndGet()));
    return Compiled.load(ecj, place, Map.of("W", java, "P", PARENT, "P2", CHANGED));
  }

  private static DurableEngine engine(ClassLoader loader) throws ReflectiveOperationException {
    DurableEngine engine =
        DurableEngine.inMemory(DurableOptions.defaults().reload(true).workers(1).loader(loader));
    for (var f : loader.loadClass("W").getDeclaredFields()) {
      if (f.getName().equals("SVC")) {
        f.setAccessible(true);
        engine.service("svc", f.get(null));
      }
    }
    return engine;
  }

  /** The run as it is stored at each of the waits. */
  private static Rows parked(ClassLoader loader) throws Exception {
    try (DurableEngine engine = engine(loader)) {
      loader.loadClass("P").getMethod("begin", DurableEngine.class).invoke(null, engine);
      Map<String, Map<String, Object>> at = new LinkedHashMap<>();
      for (int hours = 0; at.size() < POINTS.size() && hours < 20; hours++) {
        engine.settle();
        Map<String, Object> run = rows(engine, "SELECT * FROM coweave_run").get(0);
        for (String p : POINTS) {
          if (String.valueOf(run.get("STATE")).contains("\"sleep:" + p)) {
            at.putIfAbsent(p, run);
          }
        }
        engine.advance(Duration.ofHours(1));
      }
      assertEquals(POINTS, List.copyOf(at.keySet()), () -> String.valueOf(engine.info("r")));
      return new Rows(List.copyOf(at.values()), rows(engine, "SELECT * FROM coweave_code"));
    }
  }

  private static List<Map<String, Object>> rows(DurableEngine engine, String query) {
    return engine.ask(
        c -> {
          try (PreparedStatement s = c.prepareStatement(query);
              ResultSet r = s.executeQuery()) {
            ResultSetMetaData columns = r.getMetaData();
            List<Map<String, Object>> rows = new ArrayList<>();
            while (r.next()) {
              Map<String, Object> row = new LinkedHashMap<>();
              for (int i = 1; i <= columns.getColumnCount(); i++) {
                boolean text = columns.getColumnTypeName(i).contains("CHARACTER");
                row.put(columns.getColumnName(i), text ? r.getString(i) : r.getObject(i));
              }
              rows.add(row);
            }
            return rows;
          }
        });
  }

  private static void insert(DurableEngine engine, String table, Map<String, Object> row) {
    String marks = "?, ".repeat(row.size()).replaceFirst(", $", "");
    String sql =
        "INSERT INTO "
            + table
            + " ("
            + String.join(", ", row.keySet())
            + ") VALUES ("
            + marks
            + ")";
    engine.ask(
        c -> {
          try (PreparedStatement s = c.prepareStatement(sql)) {
            int i = 1;
            for (Object value : row.values()) {
              s.setObject(i++, value);
            }
            return s.executeUpdate();
          }
        });
  }

  private static List<String> resumed(ClassLoader loader, Rows rows) throws Exception {
    try (DurableEngine engine = engine(loader)) {
      rows.codes.forEach(row -> insert(engine, "coweave_code", row));
      List<String> became = new ArrayList<>();
      List<String> ids = new ArrayList<>();
      for (String parent : List.of("P", "P2")) {
        for (int i = 0; i < POINTS.size(); i++) {
          Map<String, Object> row = new LinkedHashMap<>(rows.runs.get(i));
          ids.add(POINTS.get(i) + parent);
          row.put("ID", POINTS.get(i) + parent);
          row.put("DUE", 0L);
          row.computeIfPresent(
              "STATE", (c, state) -> ((String) state).replace("\"P\"", "\"" + parent + "\""));
          insert(engine, "coweave_run", row);
        }
      }
      engine.advance(Duration.ofHours(20));
      for (String id : ids) {
        RunInfo info = engine.info(id);
        became.add(
            info.status() == RunStatus.DONE
                ? engine.<String>run(id).join()
                : info.code() == null ? info.toString() : info.code().replace("COWEAVE-", ""));
      }
      return became;
    }
  }
}
