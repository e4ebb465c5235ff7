package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.coweave.Coroutine;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes on one PostgreSQL, which are killed as {@code kill -9} does, or stopped past their lease and continued, while connections are
 * cut and the database is restarted: at moments that a seed chooses. -Dcoweave.runs tells how many runs there are, -Dcoweave.seed which
 * moments; CONTRIBUTING.md has the command for 10,000.
 */
class ClusterKillTest {
  private static final int RUNS = Integer.getInteger("coweave.runs", 90);
  private static final long SEED = Long.getLong("coweave.seed", 15);
  private static final int NODES = 3;
  private static final int STEPS = 5;

  // ---- what runs do

  /** What the runs do to the outside world: a line for each attempt, in a file of this process. */
  static Path world = Path.of("");

  private static synchronized String outside(String key, String what) throws IOException {
    Files.writeString(
        world, key + " " + what + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    return what;
  }

  /** As the outside world answers; many nodes die while it does. */
  private static String slowly(String key, String what) throws IOException {
    String result = outside(key, what);
    java.util.concurrent.locks.LockSupport.parkNanos(30_000_000);
    return result;
  }

  private static int count(Connection c, String what) throws SQLException {
    try (var s = c.prepareStatement("INSERT INTO counted VALUES (?)")) {
      s.setString(1, what);
      return s.executeUpdate();
    }
  }

  @Durable
  @Coroutine
  static int part(int n) throws IOException {
    String half = Durable.step("half", key -> outside(key, "part " + n));
    Durable.sleep("rest", Duration.ofMillis(100));
    return half.length();
  }

  @Durable
  @Coroutine
  static String order(int n) throws IOException, SQLException {
    List<String> done = new ArrayList<>();
    Durable.transaction("begin", c -> count(c, n + " begin"));
    try {
      for (int i = 0; i < STEPS; i++) {
        String what = n + ":" + i;
        done.add(Durable.step("work", key -> slowly(key, what)));
        Durable.sleep("nap", Duration.ofMillis(150));
      }
      Run<Integer> part = Durable.start("part-" + n, () -> part(n));
      int length = part.await();
      String go = Durable.receive("go", String.class);
      return done.size() + go + length;
    } finally {
      Durable.transaction("end", c -> count(c, n + " end"));
    }
  }

  static boolean isCancelled(int n) {
    return n % 10 == 3;
  }

  // ---- a node

  /** The process that is killed: starts the runs, as the others do too, and works until then. */
  public static void main(String[] args) throws Exception {
    world = Path.of(args[1], "world-" + ProcessHandle.current().pid());
    try (HikariDataSource source = pool(args[0], 12)) {
      DurableEngine engine =
          trying(() -> DurableEngine.open(source, DurableOptions.defaults().workers(6)));
      begin(engine, 0, RUNS);
      Thread.currentThread().join();
    }
  }

  /** Starts runs, and sends each what it waits for, or its cancellation. Done anew it does nothing. */
  static void begin(DurableEngine engine, int first, int end) throws InterruptedException {
    for (int i = first; i < end; i++) {
      int n = i;
      trying(() -> engine.start("order-" + n, () -> order(n)));
    }
    for (int i = first; i < end; i++) {
      String id = "order-" + i;
      if (isCancelled(i)) {
        trying(() -> engine.cancel(id));
      } else {
        trying(() -> sent(engine, id));
      }
    }
  }

  private static boolean sent(DurableEngine engine, String id) {
    try {
      engine.send(id, "go", "the only one", "!");
      return true;
    } catch (NoSuchRun e) {
      return false; // it has ended
    }
  }

  private interface Attempt<T> {
    T make();
  }

  /** Again and again until the database is there. */
  private static <T> T trying(Attempt<T> attempt) throws InterruptedException {
    while (true) {
      try {
        return attempt.make();
      } catch (DurableException e) {
        Thread.sleep(100);
      } catch (RuntimeException e) {
        if (!(e.getCause() instanceof SQLException)) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }

  private static HikariDataSource pool(String url, int most) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(most);
    config.setMinimumIdle(1);
    config.setInitializationFailTimeout(-1);
    config.setConnectionTimeout(2000);
    return new HikariDataSource(config);
  }

  // ---- what is done to the nodes

  @TempDir Path dir;
  private final Random random = new Random(SEED);
  private final List<Process> nodes = new ArrayList<>();
  private final Map<String, Long> dead = new HashMap<>();
  private final Map<String, Integer> done = new HashMap<>();
  private long longest;
  private EmbeddedPostgres postgres;

  private EmbeddedPostgres postgres(int port) throws IOException {
    return EmbeddedPostgres.builder()
        .setPort(port)
        .setDataDirectory(dir.resolve("data"))
        .setCleanDataDirectory(false)
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("fsync", "on")
        .setServerConfig("max_connections", "80")
        .start();
  }

  private Process node(String url) throws IOException {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Xmx200m",
            "-Dcoweave.runs=" + RUNS,
            "-cp",
            System.getProperty("java.class.path"),
            ClusterKillTest.class.getName(),
            url,
            dir.toString());
    File log = dir.resolve("log").toFile();
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
        .start();
  }

  private void strike(HikariDataSource source, String url) throws Exception {
    int which = random.nextInt(NODES);
    Process victim = nodes.get(which);
    int kind = done.values().stream().mapToInt(Integer::intValue).sum() % 5;
    switch (kind) {
      case 0, 3 -> {
        victim.destroyForcibly().waitFor();
        dead.put(victim.pid() + "-", System.nanoTime());
        nodes.set(which, node(url));
        done.merge("killed", 1, Integer::sum);
      }
      case 1 -> {
        update(
            source,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                + " AND backend_type = 'client backend'");
        done.merge("connections cut", 1, Integer::sum);
      }
      case 2 -> {
        signal("-STOP", victim);
        watch(source, 8000 + random.nextInt(1000));
        signal("-CONT", victim);
        done.merge("stopped", 1, Integer::sum);
      }
      default -> {
        int port = postgres.getPort();
        postgres.close();
        postgres = postgres(port);
        dead.clear(); // nobody takes over while it is gone
        done.merge("database restarted", 1, Integer::sum);
      }
    }
  }

  private static void signal(String signal, Process p) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", signal, "" + p.pid()).start().waitFor());
  }

  /** Lets time pass, and sees how long the runs of dead nodes wait for others. */
  private void watch(HikariDataSource source, long millis) throws Exception {
    long until = System.nanoTime() + millis * 1_000_000;
    while (System.nanoTime() < until) {
      for (String owner : List.copyOf(dead.keySet())) {
        try {
          if (ask(source, "SELECT COUNT(*) FROM coweave_run WHERE owner LIKE '" + owner + "%'")
              .equals("0")) {
            longest = Math.max(longest, (System.nanoTime() - dead.remove(owner)) / 1_000_000);
          }
        } catch (SQLException e) {
          // again later
        }
      }
      Thread.sleep(50);
    }
  }

  private static void update(HikariDataSource source, String sql) throws SQLException {
    try (Connection c = source.getConnection();
        Statement s = c.createStatement()) {
      s.execute(sql);
    }
  }

  private static String ask(HikariDataSource source, String sql) throws SQLException {
    try (Connection c = source.getConnection();
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      r.next();
      return r.getString(1);
    }
  }

  private static boolean isOver(HikariDataSource source) {
    try {
      return ask(
                  source,
                  "SELECT COUNT(*) FROM coweave_run WHERE id LIKE 'order-%' AND status NOT IN"
                      + " ('active', 'parked')")
              .equals("" + RUNS)
          && ask(source, "SELECT COUNT(*) FROM coweave_run WHERE status IN ('active', 'parked')")
              .equals("0");
    } catch (SQLException e) {
      return false;
    }
  }

  @Test
  void runs_surviveTheirProcessesAndTheDatabase() throws Exception {
    postgres = postgres(0);
    String url = postgres.getJdbcUrl("postgres", "postgres");
    long limit = System.nanoTime() + Duration.ofSeconds(120 + RUNS).toNanos();
    try (HikariDataSource source = pool(url, 4)) {
      update(source, "CREATE TABLE counted (what VARCHAR(40))");
      DurableEngine.open(source).close(); // makes the tables
      for (int i = 0; i < NODES; i++) {
        nodes.add(node(url));
      }
      while (!isOver(source)) {
        watch(source, 300 + random.nextInt(1500));
        strike(source, url);
        assertTrue(System.nanoTime() < limit, () -> "stuck: " + left(source));
        if (done.values().stream().mapToInt(Integer::intValue).sum() > 10 + RUNS / 30) {
          while (!isOver(source)) { // no more blows
            watch(source, 200);
            assertTrue(System.nanoTime() < limit, () -> "stuck: " + left(source));
          }
        }
      }
      System.out.println(
          RUNS
              + " runs, seed "
              + SEED
              + ": "
              + done
              + ", the longest take-over "
              + longest
              + " ms");
      check(source);
    } finally {
      for (Process p : nodes) {
        p.destroyForcibly().waitFor();
      }
      postgres.close();
    }
  }

  private static String left(HikariDataSource source) {
    try {
      return ask(
          source,
          "SELECT STRING_AGG(id || ' ' || status || ' ' || COALESCE(wait, '') || ' ' ||"
              + " COALESCE(due, 0) || ' ' || COALESCE(owner, '') || ' ' || COALESCE(reason, ''),"
              + " '\n"
              + "') FROM coweave_run WHERE status IN ('active', 'parked')");
    } catch (SQLException e) {
      return e.toString();
    }
  }

  /** No key has two values, whoever used it. */
  static void checkKeys(List<Path> worlds) throws IOException {
    Map<String, String> values = new HashMap<>();
    for (Path file : worlds) {
      for (String line : Files.readAllLines(file)) {
        String[] f = line.split(" ", 2);
        assertEquals(f[1], values.getOrDefault(f[0], f[1]), "a key with two values");
        values.put(f[0], f[1]);
      }
    }
  }

  private void check(HikariDataSource source) throws Exception {
    try (Stream<Path> files = Files.list(dir)) {
      checkKeys(files.filter(f -> f.getFileName().toString().startsWith("world")).toList());
    }
    int cancelled = 0;
    for (int n = 0; n < RUNS; n++) {
      cancelled += isCancelled(n) ? 1 : 0;
    }
    assertEquals(
        "" + cancelled,
        ask(
            source,
            "SELECT COUNT(*) FROM coweave_run WHERE id LIKE 'order-%' AND status = 'cancelled'"));
    assertEquals(
        "" + (RUNS - cancelled),
        ask(
            source,
            "SELECT COUNT(*) FROM coweave_run WHERE id LIKE 'order-%' AND status = 'done' AND"
                + " result LIKE '%\""
                + STEPS
                + "!%'"));
    assertEquals(
        "0",
        ask(
            source,
            "SELECT COUNT(*) FROM (SELECT what FROM counted GROUP BY what HAVING COUNT(*) > 1) t"),
        "doubled");
    assertEquals(
        ask(source, "SELECT COUNT(*) FROM counted WHERE what LIKE '% begin'"),
        ask(source, "SELECT COUNT(*) FROM counted WHERE what LIKE '% end'"),
        "compensations");
    assertTrue(longest < 15_000, "take-over took " + longest + " ms");
  }
}
