package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a process on an H2 in a file at random moments, as {@code kill -9} does, and lets another go on with its runs. -Dcoweave.runs tells how many runs
 * there are, -Dcoweave.kills how often, -Dcoweave.seed when; CONTRIBUTING.md has the command for 10,000.
 */
class KillTest {
  private static final int RUNS = Integer.getInteger("coweave.runs", 40);
  private static final int GROUP = 10;
  private static final int KILLS = Integer.getInteger("coweave.kills", 4);
  private static final long SEED = Long.getLong("coweave.seed", 42);

  /** The process that is killed. */
  public static void main(String[] args) throws Exception {
    ClusterKillTest.world = Path.of(args[1]);
    try (DurableEngine engine = DurableEngine.open(source(args[0]))) {
      begin(engine, Path.of(args[1] + "-begun"));
      while (count(engine, "coweave_run WHERE status IN ('active', 'parked')") > 0) {
        Thread.sleep(100);
      }
      System.out.println("all done");
    }
  }

  /**
   * Starts runs while others are at work, and goes on where the process before it was killed.
   *
   * @param begun has a byte for each group that was started
   */
  private static void begin(DurableEngine engine, Path begun)
      throws IOException, InterruptedException {
    int first = Files.exists(begun) ? (int) Files.size(begun) * GROUP : 0;
    for (; first < RUNS; first += GROUP) {
      ClusterKillTest.begin(engine, first, Math.min(first + GROUP, RUNS));
      Files.write(begun, new byte[1], StandardOpenOption.CREATE, StandardOpenOption.APPEND);
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
    Path world = dir.resolve("world");
    Random random = new Random(SEED);
    try (var c = source(database.toString()).getConnection();
        var s = c.createStatement()) {
      s.execute("CREATE TABLE counted (what VARCHAR(40))");
      s.execute("SHUTDOWN");
    }
    int killed = 0;
    while (killed < KILLS) {
      Process p = child(database, world);
      if (p.waitFor(900 + random.nextInt(600 + RUNS), TimeUnit.MILLISECONDS)) {
        break;
      }
      p.destroyForcibly().waitFor();
      killed++;
    }
    assertEquals(0, child(database, world).waitFor());
    System.out.println(RUNS + " runs on H2, seed " + SEED + ": killed " + killed + " times");
    ClusterKillTest.checkKeys(List.of(world));
    try (DurableEngine engine = DurableEngine.open(source(database.toString()))) {
      check(engine);
    }
  }

  private static void check(DurableEngine engine) {
    int cancelled = 0;
    for (int n = 0; n < RUNS; n++) {
      cancelled += ClusterKillTest.isCancelled(n) ? 1 : 0;
    }
    String orders = "coweave_run WHERE id LIKE 'order-%' AND status = ";
    assertEquals(cancelled, count(engine, orders + "'cancelled'"));
    assertEquals(RUNS - cancelled, count(engine, orders + "'done'"));
    assertEquals(0, count(engine, "coweave_run WHERE status NOT IN ('done', 'cancelled')"));
    assertEquals(
        0,
        count(engine, "(SELECT what FROM counted GROUP BY what HAVING COUNT(*) > 1)"),
        "doubled");
    assertEquals(
        count(engine, "counted WHERE what LIKE '% begin'"),
        count(engine, "counted WHERE what LIKE '% end'"),
        "compensations");
  }

  private static int count(DurableEngine engine, String what) {
    return engine.ask(
        c -> {
          try (var s = c.createStatement();
              var r = s.executeQuery("SELECT COUNT(*) FROM " + what)) {
            r.next();
            return r.getInt(1);
          }
        });
  }

  private static Process child(Path database, Path world) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Dcoweave.runs=" + RUNS,
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
