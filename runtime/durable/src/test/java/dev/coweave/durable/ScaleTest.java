package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.coweave.Coroutine;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What many runs cost, long ones, and parents of many, on PostgreSQL. -Dcoweave.scale=full has the numbers of the manual; without it they are a
 * slice, for which times say little and are only printed. CONTRIBUTING.md has the command.
 */
class ScaleTest {
  private static final boolean FULL = "full".equals(System.getProperty("coweave.scale"));
  private static final int SLEEPING = FULL ? 1_000_000 : 4_000;
  private static final int DUE = FULL ? 100_000 : 400;
  private static final int STEPS = FULL ? 1_000_000 : 2_000;
  private static final int CHILDREN = FULL ? 10_000 : 200;

  /** Runs that are made by running them; the others are copies of their rows, under other ids. */
  private static final int MADE = 20;

  private static EmbeddedPostgres postgres;
  private static int databases;

  @BeforeAll
  static void begin() throws Exception {
    postgres =
        EmbeddedPostgres.builder()
            .setServerConfig("fsync", "on")
            .setServerConfig("max_connections", "60")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("max_wal_size", "4GB")
            .start();
  }

  @AfterAll
  static void end() throws Exception {
    postgres.close();
  }

  /** A database of its own. */
  private static HikariDataSource fresh() throws SQLException {
    String name = "scale" + databases++;
    try (HikariDataSource main = pool(postgres.getJdbcUrl("postgres", "postgres"))) {
      ask(main, "CREATE DATABASE " + name);
    }
    return pool(postgres.getJdbcUrl("postgres", name));
  }

  private static HikariDataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(22);
    config.setMinimumIdle(1);
    return new HikariDataSource(config);
  }

  private static long ask(HikariDataSource source, String sql) throws SQLException {
    try (Connection c = source.getConnection();
        Statement s = c.createStatement()) {
      if (!s.execute(sql)) {
        return s.getUpdateCount();
      }
      try (ResultSet r = s.getResultSet()) {
        r.next();
        return r.getLong(1);
      }
    }
  }

  private static void until(HikariDataSource source, String condition, long count)
      throws Exception {
    while (ask(source, "SELECT COUNT(*) FROM coweave_run WHERE " + condition) != count) {
      Thread.sleep(20);
    }
  }

  private static void say(String text, Object... values) {
    System.out.printf(Locale.ROOT, "scale: " + text + "%n", values);
  }

  // ---- sleeping runs

  /** Five of its frames are stored. */
  @Durable
  @Coroutine
  static String deep(int level, String customer, long cents) {
    return level == 1 ? slept(customer) : level + deep(level - 1, customer, cents + level);
  }

  @Durable
  @Coroutine
  static String slept(String customer) {
    Durable.sleep("a month", Duration.ofDays(30));
    return customer;
  }

  @Durable
  @Coroutine
  static String hello() {
    return Durable.step("hello", () -> "hello");
  }

  /** Runs that have come to their sleep, in a database whose engine is closed. */
  private static void sleepers(HikariDataSource source, int many) throws Exception {
    try (DurableEngine engine = DurableEngine.open(source)) {
      for (int i = 0; i < MADE; i++) {
        String customer = "customer " + i;
        engine.start("sleeper-" + i, () -> deep(4, customer, 100));
      }
      until(source, "wait = 'sleep' AND owner IS NULL", MADE);
    }
    List<String> columns = new ArrayList<>();
    try (Connection c = source.getConnection();
        ResultSet r = c.getMetaData().getColumns(null, null, "coweave_run", null)) {
      while (r.next()) {
        columns.add(r.getString("COLUMN_NAME"));
      }
    }
    columns.remove("id");
    String others = String.join(", ", columns);
    ask(
        source,
        "INSERT INTO coweave_run (id, "
            + others
            + ") SELECT id || '/' || n, "
            + others
            + " FROM coweave_run, generate_series(1, "
            + (many / MADE - 1)
            + ") n");
    ask(source, "ANALYZE coweave_run");
  }

  /** The next process. */
  public static void main(String[] arguments) {
    try (HikariDataSource source = pool(arguments[0]);
        DurableEngine engine = DurableEngine.open(source)) {
      engine.start("hello", () -> hello()).join();
      System.gc();
      Runtime vm = Runtime.getRuntime();
      long heap = vm.totalMemory() - vm.freeMemory();
      int threads = ManagementFactory.getThreadMXBean().getThreadCount();
      System.out.println("ready " + threads + " " + heap / 1_000_000);
    }
  }

  @Test
  void sleepingRuns_takeNoThread_andNoHeap() throws Exception {
    try (HikariDataSource source = fresh()) {
      sleepers(source, SLEEPING);
      long row = ask(source, "SELECT AVG(pg_column_size(r.*)) FROM coweave_run r");
      long table =
          ask(source, "SELECT pg_total_relation_size('coweave_run') / COUNT(*) FROM coweave_run");
      long begin = System.nanoTime();
      Process next =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx64m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  ScaleTest.class.getName(),
                  source.getJdbcUrl())
              .redirectErrorStream(true)
              .start();
      String[] ready = {};
      try (BufferedReader in = next.inputReader()) {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          if (line.startsWith("ready")) {
            ready = line.split(" ");
            break;
          }
        }
      }
      long millis = (System.nanoTime() - begin) / 1_000_000;
      next.waitFor();
      say(
          "%,d sleeping runs of five frames: a row of %d bytes (%d with indexes and room); the next"
              + " process ready %d ms after its start, with %s threads and %s MB of heap",
          SLEEPING, row, table, millis, ready[1], ready[2]);
      assertEquals(0, next.exitValue());
      assertTrue(row <= 1024, row + " bytes a row");
      assertTrue(Integer.parseInt(ready[1]) < 60, ready[1] + " threads");
      assertTrue(!FULL || millis <= 5000, millis + " ms");
      assertEquals(SLEEPING, ask(source, "SELECT COUNT(*) FROM coweave_run WHERE wait = 'sleep'"));
    }
  }

  @Test
  void runsDueAtOneInstant_allGoOn() throws Exception {
    try (HikariDataSource source = fresh()) {
      sleepers(source, DUE);
      ask(source, "UPDATE coweave_run SET due = 1");
      long begin = System.nanoTime();
      try (DurableEngine engine = DurableEngine.open(source)) {
        until(source, "status = 'done'", DUE);
        double seconds = (System.nanoTime() - begin) / 1e9;
        say("%,d runs due at one instant: ended after %.1f s", DUE, seconds);
        assertEquals("432customer 7", engine.<String>run("sleeper-7/1").join());
      }
    }
  }

  // ---- long runs

  private static final long[] AT = new long[STEPS + 1];

  @Durable
  @Coroutine
  static int loop(int steps) {
    int sum = 0;
    for (int i = 0; i < steps; i++) {
      int n = i;
      sum += Durable.step("next", () -> reached(n));
    }
    return sum;
  }

  private static int reached(int n) {
    AT[n] = System.nanoTime();
    return 1;
  }

  /** The median of the times between so many steps from one on. */
  private static double micros(int from, int steps) {
    return IntStream.range(from, from + steps)
            .mapToLong(i -> AT[i + 1] - AT[i])
            .sorted()
            .skip(steps / 2)
            .findFirst()
            .orElseThrow()
        / 1e3;
  }

  @Test
  void lastStepOfALongLoop_costsWhatTheFirstOnesDo() throws Exception {
    try (HikariDataSource source = fresh();
        DurableEngine engine = DurableEngine.open(source)) {
      assertEquals(STEPS, engine.start("long", () -> loop(STEPS)).join());
      int some = Math.min(1000, STEPS / 4);
      double first = micros(10, some);
      double last = micros(STEPS - some - 1, some);
      say("steps from 10: %.0f µs each; from %,d: %.0f µs", first, STEPS - some, last);
      assertTrue(!FULL || last < 1.5 * first, last + " µs");
    }
  }

  // ---- large families

  @Durable
  @Coroutine
  static int child(int n) {
    return Durable.step("count", () -> n % 7);
  }

  @Durable
  @Coroutine
  static int parent(String id, int children) {
    List<Integer> numbers = IntStream.range(0, children).boxed().toList();
    int sum = 0;
    for (int n : Durable.awaitAll(Durable.startAll(numbers, n -> id + "/" + n, n -> child(n)))) {
      sum += n;
    }
    return sum;
  }

  @Test
  void parent_takesTimeInProportionToItsChildren() throws Exception {
    try (HikariDataSource source = fresh();
        DurableEngine engine = DurableEngine.open(source)) {
      family(engine, "warm-up", CHILDREN / 10);
      double few = family(engine, "few", CHILDREN / 10);
      double many = family(engine, "many", CHILDREN);
      say("a parent of %,d: %.0f µs a child; of %,d: %.0f µs", CHILDREN / 10, few, CHILDREN, many);
      assertTrue(!FULL || many < 1.5 * few, many + " µs a child");
    }
  }

  private static double family(DurableEngine engine, String id, int children) {
    long begin = System.nanoTime();
    int sum = engine.start(id, () -> parent(id, children)).join();
    assertEquals(IntStream.range(0, children).map(n -> n % 7).sum(), sum);
    return (System.nanoTime() - begin) / 1e3 / children;
  }
}
