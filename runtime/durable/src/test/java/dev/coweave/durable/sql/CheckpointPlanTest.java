package dev.coweave.durable.sql;

import static org.junit.jupiter.api.Assertions.assertFalse;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

class CheckpointPlanTest {
  private static final String NOW =
      "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)";

  /** Else a group costs as much as its checkpoints times the runs that are active. */
  @Test
  void rows_areFoundByTheirKeys_whateverTheStatisticsSay() throws Exception {
    try (EmbeddedPostgres postgres =
            EmbeddedPostgres.builder().setServerConfig("autovacuum", "off").start();
        Connection c = postgres.getPostgresDatabase().getConnection()) {
      Schema.migrate(c, Dialect.POSTGRESQL);
      try (Statement s = c.createStatement()) {
        for (int ended : new int[] {400, 20_000}) {
          s.execute("DELETE FROM coweave_run");
          s.execute(runs("ended", "done", "NULL", ended));
          s.execute("ANALYZE coweave_run"); // before any was active
          s.execute(runs("active", "active", "'node'", 400));
          String group =
              plan(
                  s,
                  Checkpoints.many(NOW),
                  "0, '{active1}', '{1}', '{node}', '{x}', '{x}', '{1}', '{1}', '{f}', '{f}'");
          assertFalse(group.contains("Join Filter"), group);
          String one =
              plan(
                  s, Checkpoints.one(NOW), "'x', 'x', 1, 1, 1, 'node', 0, 0, 'active1', 1, 'node'");
          assertFalse(one.contains("coweave_run_owner"), one);
        }
      }
    }
  }

  private static String runs(String prefix, String status, String owner, int many) {
    return "INSERT INTO coweave_run (id, incarnation, status, class, method, origin, generation,"
        + " checkpoint, state, owner, fence, claims, attempts, cancel, created, changed) SELECT '"
        + prefix
        + "' || i, 0, '"
        + status
        + "', 'C', 'm', '', 0, 0, repeat('x', 300), "
        + owner
        + ", 1, 0, 0, 0, 0, 0 FROM generate_series(1, "
        + many
        + ") AS g (i)";
  }

  /** As the driver's prepared statement has it in the long run: for groups of any size. */
  private static String plan(Statement s, String sql, String values) throws Exception {
    s.execute("SET plan_cache_mode = force_generic_plan");
    s.execute("DEALLOCATE ALL");
    String numbered = sql;
    for (int i = 1; numbered.contains("?"); i++) {
      numbered = numbered.replaceFirst("\\?", "\\$" + i);
    }
    s.execute("PREPARE planned AS " + numbered);
    StringBuilder plan = new StringBuilder();
    try (ResultSet r = s.executeQuery("EXPLAIN EXECUTE planned(" + values + ")")) {
      while (r.next()) {
        plan.append(r.getString(1)).append('\n');
      }
    }
    return plan.toString();
  }
}
