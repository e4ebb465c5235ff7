package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process at random moments, as {@code kill -9} does, and lets another go on; -Dcoweave.kills tells how often. */
class KillTest {
  private static final int RUNS = 40;
  private static final int STEPS = 10;
  private static final int KILLS = Integer.getInteger("coweave.kills", 4);

  /** What the runs do to the outside world: a line in a file for each attempt. */
  private static Path world = Path.of("");

  private static synchronized String outside(String key, String what) throws IOException {
    Files.writeString(
        world, key + " " + what + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return what;
  }

  @Durable
  @Coroutine
  static List<String> work(int run) throws IOException, SQLException {
    List<String> done = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      String what = run + ":" + i;
      done.add(Durable.step("work", key -> outside(key, what)));
      Durable.transaction(
          "count",
          c -> {
            try (var s = c.prepareStatement("INSERT INTO counted VALUES (?)")) {
              s.setString(1, what);
              return s.executeUpdate();
            }
          });
      if (i % 4 == 1) {
        Durable.sleep("nap", Duration.ofMillis(20));
      }
    }
    return done;
  }

  /** The process that is killed. */
  public static void main(String[] args) throws Exception {
    world = Path.of(args[1]);
    try (DurableEngine engine = DurableEngine.open(source(args[0]))) {
      for (int i = 0; i < RUNS; i++) {
        int n = i;
        engine.start("run-" + n, () -> work(n));
      }
      for (int i = 0; i < RUNS; i++) {
        engine.run("run-" + i).join();
      }
      System.out.println("all done");
    }
  }

  /** As a user gives it who doesn't know: H2's delay of writes isn't mentioned, or asked for. */
  private static JdbcDataSource source(String file) {
    JdbcDataSource source = new JdbcDataSource();
    source.setURL("jdbc:h2:file:" + file + ";WRITE_DELAY=2000;DB_CLOSE_DELAY=-1");
    source.setUser("sa");
    return source;
  }

  @Test
  void runs_surviveTheirProcess(@TempDir Path dir) throws Exception {
    Path database = dir.resolve("runs");
    world = dir.resolve("world");
    Random random = new Random(42);
    try (var c = source(database.toString()).getConnection();
        var s = c.createStatement()) {
      s.execute("CREATE TABLE counted (what VARCHAR(20))");
      s.execute("SHUTDOWN");
    }
    for (int i = 0; i < KILLS; i++) {
      Process p = child(database);
      if (p.waitFor(900 + random.nextInt(600), TimeUnit.MILLISECONDS)) {
        break;
      }
      p.destroyForcibly().waitFor();
    }
    assertEquals(0, child(database).waitFor());

    Map<String, String> values = new HashMap<>();
    for (String line : Files.readAllLines(world)) {
      String[] f = line.split(" ");
      String before = values.putIfAbsent(f[0], f[1]);
      assertEquals(before == null ? f[1] : before, f[1], "a key with two values");
    }
    assertEquals(RUNS * STEPS, values.size());
    try (DurableEngine engine = DurableEngine.open(source(database.toString()))) {
      for (int i = 0; i < RUNS; i++) {
        int n = i;
        List<String> done = engine.start("run-" + n, () -> work(n)).join();
        assertEquals(STEPS, done.size());
      }
      assertEquals(RUNS * STEPS, count(engine, "SELECT COUNT(*) FROM counted"));
      assertEquals(RUNS * STEPS, count(engine, "SELECT COUNT(DISTINCT what) FROM counted"));
    }
  }

  private static int count(DurableEngine engine, String query) {
    return engine.ask(
        c -> {
          try (var s = c.createStatement();
              var r = s.executeQuery(query)) {
            r.next();
            return r.getInt(1);
          }
        });
  }

  private static Process child(Path database) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            KillTest.class.getName(),
            database.toString(),
            world.toString());
    File log = new File(database + ".log");
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
        .start();
  }
}
