package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.coweave.Coroutine;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several nodes on one PostgreSQL. */
class PostgresTest {
  private static EmbeddedPostgres postgres;
  private static HikariDataSource source;

  private static final DurableOptions OPTIONS =
      DurableOptions.defaults().workers(4).reload(true).poll(Duration.ofMillis(50));

  @BeforeAll
  static void open() throws IOException {
    // The library turns it off, for it is made for tests.
    postgres = EmbeddedPostgres.builder().setServerConfig("synchronous_commit", "on").start();
    try (HikariDataSource first = pool(postgres.getJdbcUrl("postgres", "postgres"))) {
      DurableEngine.open(first, OPTIONS).close(); // makes the tables
    }
    source = pool(postgres.getJdbcUrl("postgres", "postgres"));
  }

  private static HikariDataSource pool(String url) {
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(20);
    return new HikariDataSource(config);
  }

  @AfterAll
  static void close() throws IOException {
    source.close();
    postgres.close();
  }

  @AfterEach
  void clear() throws SQLException {
    LOG.clear();
    update("DELETE FROM coweave_run");
    update("DELETE FROM coweave_node");
  }

  private static void update(String sql) throws SQLException {
    try (Connection c = source.getConnection();
        Statement s = c.createStatement()) {
      s.execute(sql);
    }
  }

  private static String ask(String sql) throws SQLException {
    try (Connection c = source.getConnection();
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      r.next();
      return r.getString(1);
    }
  }

  private static final List<String> LOG = new CopyOnWriteArrayList<>();

  @Durable
  @Coroutine
  static int work(int n) throws SQLException {
    int sum = 0;
    for (int i = 0; i < n; i++) {
      int k = i;
      sum += Durable.step("step", () -> k);
      Durable.transaction(
          "count",
          c -> {
            try (Statement s = c.createStatement()) {
              return s.executeUpdate("UPDATE counter SET n = n + 1");
            }
          });
      if (i == 2) {
        Durable.sleep(Duration.ofMillis(10));
      }
    }
    return sum + Durable.receive("more", Integer.class);
  }

  @Test
  void twoNodes_shareTheRuns_andDoEachOnce() throws SQLException {
    update("CREATE TABLE counter (n INT)");
    update("INSERT INTO counter VALUES (0)");
    try (DurableEngine a = DurableEngine.open(source, OPTIONS);
        DurableEngine b = DurableEngine.open(source, OPTIONS)) {
      List<Run<Integer>> runs = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        runs.add((i % 2 == 0 ? a : b).start("run-" + i, () -> work(5)));
        (i % 3 == 0 ? a : b).send("run-" + i, "more", i);
      }
      for (int i = 0; i < 20; i++) {
        assertEquals(10 + i, (i % 5 == 0 ? b : a).<Integer>run("run-" + i).join());
      }
      assertEquals("100", ask("SELECT n FROM counter"));
    }
  }

  private static volatile CompletableFuture<Void> started = new CompletableFuture<>();
  private static volatile CompletableFuture<Void> goOn = new CompletableFuture<>();

  @Durable
  @Coroutine
  static String held() {
    String first =
        Durable.step(
            "hold",
            key -> {
              LOG.add(key);
              if (LOG.size() == 1) {
                started.complete(null);
                goOn.join();
                return "of the first node";
              }
              return "of the second node";
            });
    return first + Durable.step("after", () -> LOG.add("after"));
  }

  @Test
  void nodeThatIsTakenToBeDead_writesNothingWhenItComesBack() throws Exception {
    started = new CompletableFuture<>();
    goOn = new CompletableFuture<>();
    try (DurableEngine a = DurableEngine.open(source, OPTIONS)) {
      Run<String> run = a.start("held", () -> held());
      started.get(300, TimeUnit.SECONDS);
      // As the keeper of another node does when the lease has run out.
      update("DELETE FROM coweave_node");
      update("UPDATE coweave_run SET owner = NULL, due = 0");
      try (DurableEngine b = DurableEngine.open(source, OPTIONS)) {
        assertEquals("of the second nodetrue", b.<String>run("held").join());
        goOn.complete(null);
      }
      assertEquals("of the second nodetrue", run.join());
    }
    assertEquals(3, LOG.size());
    assertEquals(LOG.get(0), LOG.get(1), "both attempts have one key");
    assertEquals("after", LOG.get(2));
  }

  /** The process that is killed. */
  public static void main(String[] args) throws Exception {
    try (HikariDataSource own = pool(args[0]);
        DurableEngine engine = DurableEngine.open(own, OPTIONS)) {
      engine.start("taken-over", () -> hangs(1)).join();
    }
  }

  @Durable
  @Coroutine
  static String hangs(int n) throws InterruptedException {
    Durable.step("before", () -> n);
    return Durable.step(
        "hang",
        () -> {
          if (System.getProperty("coweave.test.child") != null) {
            Thread.sleep(600_000);
          }
          return "by the other";
        });
  }

  @Test
  void runsOfAKilledProcess_areTakenOverWithinTenSeconds() throws Exception {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dcoweave.test.child=true",
            "-cp",
            System.getProperty("java.class.path"),
            PostgresTest.class.getName(),
            postgres.getJdbcUrl("postgres", "postgres"));
    Process child =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    while (child.isAlive() && !isAtWork()) {
      Thread.onSpinWait();
    }
    try (DurableEngine here = DurableEngine.open(source, OPTIONS)) {
      child.destroyForcibly().waitFor();
      long killed = System.nanoTime();
      assertEquals("by the other", here.<String>run("taken-over").join());
      long millis = (System.nanoTime() - killed) / 1_000_000;
      assertTrue(millis <= 10_000, "after " + millis + " ms");
    }
  }

  private static boolean isAtWork() throws SQLException {
    return "1"
        .equals(ask("SELECT COUNT(*) FROM coweave_run WHERE owner LIKE '%' AND checkpoint = 1"));
  }

  @Durable
  @Coroutine
  static String patient() {
    try {
      Durable.sleep("a month", Duration.ofDays(30));
      return "slept";
    } finally {
      Durable.step("end", () -> LOG.add("end"));
    }
  }

  /** The nodes look for themselves after an hour only. */
  @Test
  @Timeout(120)
  void operator_isHeardAtOnce() {
    try (DurableEngine engine = DurableEngine.open(source, OPTIONS.poll(Duration.ofHours(1)))) {
      DurableOperator operator = DurableOperator.of(source);
      for (boolean cancel : List.of(true, false)) {
        String id = "patient " + cancel;
        Run<String> run = engine.start(id, () -> patient());
        while (!"sleep".equals(engine.info(id).waitsFor())) {
          Thread.onSpinWait();
        }
        assertTrue(cancel ? operator.cancel(id) : operator.terminate(id));
        assertThrows(CancellationException.class, run::join);
      }
      assertEquals(List.of("end"), LOG);
    }
  }

  @Test
  void synchronousCommitOff_isRefused() throws SQLException {
    try (HikariDataSource lax =
        pool(
            postgres.getJdbcUrl("postgres", "postgres") + "&options=-c%20synchronous_commit=off")) {
      DurableException e = assertThrows(DurableException.class, () -> DurableEngine.open(lax));
      assertEquals("COWEAVE-459", e.code());
      DurableEngine.open(lax, OPTIONS.unsafe(true)).close();
    }
  }

  // ---- what a transaction does that the database has something against

  private static volatile int tries;

  @Durable
  @Coroutine
  static String transacts(String kind) {
    try {
      return Durable.<String, SQLException>transaction(
          "t",
          c -> {
            tries++;
            try (Statement s = c.createStatement()) {
              switch (kind) {
                case "cut" -> {
                  if (tries == 1) {
                    cut(s);
                  }
                }
                case "hides a failure" -> insertTwice(s);
                case "fails at the end" -> s.execute("INSERT INTO late VALUES (99)");
                case "conflicts" -> {
                  if (tries < 3) {
                    throw new SQLException("somebody else was first", "40001");
                  }
                }
                case "takes long" -> {
                  s.execute("SELECT 1");
                  java.util.concurrent.locks.LockSupport.parkNanos(600_000_000);
                  s.execute("SELECT 2");
                }
                default -> {}
              }
              s.execute("SELECT 1");
            } catch (SQLException e) {
              if (!kind.equals("hides a failure")) {
                throw e;
              }
            }
            return "done";
          });
    } catch (SQLException e) {
      return String.valueOf(e.getSQLState());
    }
  }

  /** The connection is cut in the middle: by the first statement after this. */
  private static void cut(Statement s) throws SQLException {
    try (ResultSet r = s.executeQuery("SELECT pg_backend_pid()")) {
      r.next();
      update("SELECT pg_terminate_backend(" + r.getInt(1) + ")");
    }
  }

  private static void insertTwice(Statement s) throws SQLException {
    s.execute("INSERT INTO early VALUES (1)");
    s.execute("INSERT INTO early VALUES (1)");
  }

  @Test
  void transaction_thatFails_isTheRuns_andALostConnectionIsNot() throws SQLException {
    update("CREATE TABLE early (a INT PRIMARY KEY)");
    update("CREATE TABLE late (a INT REFERENCES early (a) DEFERRABLE INITIALLY DEFERRED)");
    try (DurableEngine engine = DurableEngine.open(source, OPTIONS.lease(Duration.ofMillis(600)))) {
      for (String[] expected :
          new String[][] {
            {"cut", "done", "2"},
            {"conflicts", "done", "3"},
            {"hides a failure", "25P02", "1"},
            {"fails at the end", "23503", "1"},
            {"takes long", "57014", "1"}
          }) {
        String kind = expected[0];
        tries = 0;
        assertEquals(expected[1], engine.start(kind, () -> transacts(kind)).join(), kind);
        assertEquals(expected[2], "" + tries, kind);
      }
    }
  }

  @Durable
  @Coroutine
  static boolean odd() {
    Map<String, String> map = new HashMap<>(Map.of("k\0\uD800", "\uDC00\uD83D\uDE00"));
    String half = Durable.step("half", () -> "\uD801");
    return "\uDC00\uD83D\uDE00".equals(map.get("k\0\uD800")) && half.equals("\uD801");
  }

  @Test
  void textThatNoEncodingTakes_isKept() {
    try (DurableEngine engine = DurableEngine.open(source, OPTIONS)) {
      assertTrue(engine.start("odd", () -> odd()).join());
      assertThrows(IllegalArgumentException.class, () -> engine.start("half \uD800", () -> odd()));
    }
  }

  /** A pool that has fewer connections than workers, and whose connections are set up otherwise. */
  @Test
  void pools_mayBeSmall_andSetUpOtherwise() throws SQLException {
    update("CREATE SCHEMA apart");
    for (String setUp :
        List.of(
            "SET search_path = apart",
            "SET default_transaction_isolation = 'serializable'",
            "SET TIME ZONE 'Pacific/Apia'")) {
      HikariConfig config = new HikariConfig();
      config.setJdbcUrl(postgres.getJdbcUrl("postgres", "postgres"));
      config.setMaximumPoolSize(2);
      config.setAutoCommit(false);
      config.setConnectionInitSql(setUp);
      try (HikariDataSource small = new HikariDataSource(config);
          DurableEngine engine = DurableEngine.open(small, OPTIONS)) {
        List<Run<String>> runs = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          runs.add(engine.start("small " + i + setUp, () -> transacts("none of these")));
        }
        runs.forEach(run -> assertEquals("done", run.join()));
      }
    }
    assertEquals("8", ask("SELECT COUNT(*) FROM apart.coweave_run"));
  }

  // ---- runs of nobody

  /** A node that was stopped may claim runs after it was taken to be dead, and be killed before it hears of that. */
  @Test
  void runsOfANodeThatIsNoneAnyMore_areFreed() throws Exception {
    try (DurableEngine engine = DurableEngine.open(source, OPTIONS.lease(Duration.ofMillis(600)))) {
      Run<Integer> run = engine.start("orphan", () -> naps());
      while (!ask("SELECT COUNT(*) FROM coweave_run WHERE wait = 'sleep' AND owner IS NULL")
          .equals("1")) {
        Thread.onSpinWait();
      }
      update("UPDATE coweave_run SET owner = 'a node that is gone', fence = 7, due = NULL");
      assertEquals(5, CompletableFuture.supplyAsync(run::join).get(60, TimeUnit.SECONDS));
    }
  }

  /** A node that frees the runs of a dead one is held up, as one is that is stopped in the middle: what it has done holds up no other. */
  @Test
  @Timeout(60)
  void aNodeIsTakenToBeDead_forAll_thoughItsRunsCantBeFreedYet() throws Exception {
    try (DurableEngine engine = DurableEngine.open(source, OPTIONS.lease(Duration.ofMillis(600)))) {
      Run<Integer> run = engine.start("held", () -> naps());
      while (!ask("SELECT COUNT(*) FROM coweave_run WHERE wait = 'sleep' AND owner IS NULL")
          .equals("1")) {
        Thread.onSpinWait();
      }
      try (Connection c = source.getConnection();
          Statement s = c.createStatement()) {
        c.setAutoCommit(false);
        s.execute("UPDATE coweave_run SET owner = 'dead', fence = 7, due = NULL");
        s.execute(
            "INSERT INTO coweave_node (id, lease, generation, started) VALUES ('dead', 0, 0, 0)");
        c.commit();
        s.execute("SELECT 1 FROM coweave_run FOR UPDATE");
        while (!ask("SELECT COUNT(*) FROM coweave_node WHERE id = 'dead'").equals("0")) {
          Thread.sleep(20); // by which the time limit ends this
        }
        c.rollback();
        c.setAutoCommit(true);
      }
      assertEquals(5, run.join());
    }
  }

  @Durable
  @Coroutine
  static int naps() {
    Durable.sleep("nap", Duration.ofSeconds(1));
    return 5;
  }
}
