package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * H2 finds the rows of each statement by an index that has few of them, however many runs there are. It takes an index whose column is compared for equality, so also
 * that of a column which is null in nearly all rows, and sorts all of them to return the first.
 */
class H2PlansTest {
  /** How a plan shows that nearly all runs are looked at. */
  private static final Pattern ALL =
      Pattern.compile("RUN\\.tableScan|(OWNER|NEEDS|DUE|WAIT): \\w+ IS NULL");

  private final JdbcConnectionPool pool =
      JdbcConnectionPool.create("jdbc:h2:mem:plans;DB_CLOSE_DELAY=-1", "sa", "");

  @AfterEach
  void dropDatabase() throws SQLException {
    try (Connection c = pool.getConnection();
        Statement s = c.createStatement()) {
      s.execute("SHUTDOWN");
    }
    pool.dispose();
  }

  @Durable
  @Coroutine
  static int part(int n) {
    Durable.sleep("a while", Duration.ofMillis(n));
    return n;
  }

  @Durable
  @Coroutine
  static int order(int n) throws TimeoutException {
    int half = Durable.step("half", () -> n / 2);
    Durable.transaction("rest", c -> n);
    Run<Integer> first = Durable.start("part 1 of " + n, () -> part(1));
    Run<Integer> second = Durable.start("part 2 of " + n, () -> part(2));
    int parts = Durable.awaitAll(List.of(first, second)).size();
    String go = Durable.receive("go", String.class, Duration.ofHours(1));
    return half + parts + go.length();
  }

  @Test
  void rows_areFoundByFewOfThem() throws Exception {
    try (Connection c = pool.getConnection();
        Statement s = c.createStatement()) {
      s.execute("SET QUERY_STATISTICS TRUE");
      s.execute("SET QUERY_STATISTICS_MAX_ENTRIES 10000");
    }
    try (DurableEngine engine =
        DurableEngine.open(pool, DurableOptions.defaults().poll(Duration.ofMillis(5)))) {
      work(engine);
    }
    List<String> slow = new ArrayList<>();
    for (String sql : statements()) {
      String plan = plan(sql);
      boolean sorts = plan.contains("FETCH FIRST") && !plan.contains("index sorted");
      if (ALL.matcher(plan).find() || (sorts && plan.contains("ORDER BY"))) {
        slow.add(sql + "\n" + plan);
      }
    }
    assertEquals(List.of(), slow);
  }

  private static void work(DurableEngine engine) {
    engine.queue("few", 2);
    List<Run<Integer>> orders = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int n = i;
      orders.add(engine.start("order " + i, "few", () -> order(n)));
    }
    engine.start("cancelled", () -> part(3_600_000));
    engine.cancel("cancelled");
    engine.start("terminated", () -> part(3_600_000));
    engine.terminate("terminated");
    for (int i = 0; i < 4; i++) {
      engine.send("order " + i, "go", "only", "!");
    }
    for (int i = 0; i < 4; i++) {
      assertEquals(i / 2 + 3, orders.get(i).join());
    }
  }

  /** Else each run that joins its queue later would be counted with all of them. */
  @Test
  void endedRuns_haveLeftTheirQueue() throws Exception {
    try (DurableEngine engine = DurableEngine.open(pool)) {
      engine.queue("few", 1);
      List<Run<Integer>> parts = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        int n = i;
        parts.add(engine.start("part " + i, "few", () -> part(n)));
      }
      engine.cancel("part 2");
      parts.get(1).join();
    }
    try (Connection c = pool.getConnection();
        Statement s = c.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT COUNT(*) FROM coweave_run WHERE queue IS NOT NULL AND status <>"
                    + " 'active'")) {
      r.next();
      assertEquals(0, r.getInt(1));
    }
  }

  private List<String> statements() throws SQLException {
    List<String> result = new ArrayList<>();
    try (Connection c = pool.getConnection();
        Statement s = c.createStatement();
        ResultSet r =
            s.executeQuery(
                "SELECT sql_statement FROM information_schema.query_statistics WHERE sql_statement"
                    + " LIKE '%coweave_run%' AND NOT REGEXP_LIKE(sql_statement,"
                    + " '^(CREATE|ALTER|INSERT)')")) {
      while (r.next()) {
        result.add(r.getString(1));
      }
    }
    assertTrue(result.size() > 15, result::toString);
    return result;
  }

  private String plan(String sql) throws SQLException {
    try (Connection c = pool.getConnection();
        PreparedStatement s = c.prepareStatement("EXPLAIN " + sql)) {
      for (int i = 1; i <= s.getParameterMetaData().getParameterCount(); i++) {
        s.setString(i, "0");
      }
      try (ResultSet r = s.executeQuery()) {
        r.next();
        return r.getString(1);
      }
    }
  }
}
