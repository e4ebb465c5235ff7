package dev.coweave.durable.sql;

import dev.coweave.durable.format.Fault;
import dev.coweave.durable.format.FormatException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;

/**
 * The tables. A version is a list of statements; a database is brought from its version to this one in one transaction, under a lock. There is
 * no library for it: it is one file of DDL, and a user's own Flyway or Liquibase must not meet ours.
 */
public final class Schema {
  private Schema() {}

  /**
   * What brings a database to version 1, 2, …; never changed once it is released. Each can be done again: H2 commits each for itself, and the process may
   * be killed in between.
   */
  static List<List<String>> versions(Dialect d) {
    return List.of(
        List.of(
            "CREATE TABLE IF NOT EXISTS coweave_run (id VARCHAR(200) NOT NULL PRIMARY KEY,"
                + " incarnation BIGINT NOT NULL, status VARCHAR(12) NOT NULL, class VARCHAR(300)"
                + " NOT NULL, method VARCHAR(200) NOT NULL, origin VARCHAR(64) NOT NULL, generation"
                + " INT NOT NULL, checkpoint BIGINT NOT NULL, state TEXT_TYPE, due BIGINT, wait"
                + " VARCHAR(210), deadline BIGINT, owner VARCHAR(60), fence BIGINT NOT NULL, claims"
                + " INT NOT NULL, attempts INT NOT NULL, cancel SMALLINT NOT NULL, parent"
                + " VARCHAR(200), queue VARCHAR(100), place BIGINT, result TEXT_TYPE, ended BIGINT,"
                + " tombstone BOOLEAN DEFAULT FALSE NOT NULL, code VARCHAR(12), reason TEXT_TYPE,"
                + " created BIGINT NOT NULL, changed BIGINT NOT NULL)",
            index(d, "run_due", "due"),
            index(d, "run_owner", "owner"),
            index(d, "run_wait", "wait"),
            "CREATE TABLE IF NOT EXISTS coweave_message (seq BIGINT GENERATED ALWAYS AS IDENTITY"
                + " PRIMARY KEY, run VARCHAR(200) NOT NULL, name VARCHAR(200) NOT NULL, message_id"
                + " VARCHAR(200), body TEXT_TYPE NOT NULL, taken BOOLEAN NOT NULL, UNIQUE (run,"
                + " message_id))",
            "CREATE INDEX IF NOT EXISTS coweave_message_run ON coweave_message (run, name, seq)",
            "CREATE TABLE IF NOT EXISTS coweave_node (id VARCHAR(60) NOT NULL PRIMARY KEY, lease"
                + " BIGINT NOT NULL, generation INT NOT NULL, started BIGINT NOT NULL)",
            index(d, "run_queue", "queue, place"),
            index(d, "run_ended", "ended"),
            "CREATE TABLE IF NOT EXISTS coweave_queue (name VARCHAR(100) NOT NULL PRIMARY KEY, most"
                + " INT NOT NULL, next BIGINT NOT NULL)",
            "CREATE TABLE IF NOT EXISTS coweave_wait (waiter VARCHAR(200) NOT NULL, place INT NOT"
                + " NULL, run VARCHAR(200) NOT NULL, ended BOOLEAN NOT NULL, PRIMARY KEY (waiter,"
                + " place))",
            "CREATE INDEX IF NOT EXISTS coweave_wait_run ON coweave_wait (run)",
            "CREATE INDEX IF NOT EXISTS coweave_wait_ended ON coweave_wait (waiter, ended)",
            "CREATE TABLE IF NOT EXISTS coweave_code (code VARCHAR(64) NOT NULL PRIMARY KEY,"
                + " description TEXT_TYPE NOT NULL)",
            "CREATE TABLE IF NOT EXISTS coweave_clock (millis BIGINT NOT NULL)",
            "INSERT INTO coweave_clock SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM coweave_clock)"),
        Stream.concat(
                Stream.of(
                    "ALTER TABLE coweave_run ADD COLUMN IF NOT EXISTS needs VARCHAR(2000)",
                    index(d, "run_needs", "needs")),
                d == Dialect.H2
                    ? inRows()
                    : Stream.of("ALTER TABLE coweave_run SET (fillfactor = 45)"))
            .toList());
  }

  /**
   * An index of runs by what most have not. On PostgreSQL those have no entry, so that a checkpoint that moves its row changes two indexes, not
   * eight. Most don't move it: a page has room for another version of each of its rows, as a group of checkpoints writes them.
   */
  private static String index(Dialect d, String name, String columns) {
    String first = columns.split(",")[0];
    return "CREATE INDEX IF NOT EXISTS coweave_"
        + name
        + " ON coweave_run ("
        + columns
        + ")"
        + (d == Dialect.POSTGRESQL ? " WHERE " + first + " IS NOT NULL" : "");
  }

  /** H2 keeps large objects apart from rows, which doubles what a checkpoint costs. */
  private static Stream<String> inRows() {
    return Stream.of(
            "coweave_run ALTER COLUMN state",
            "coweave_run ALTER COLUMN result",
            "coweave_run ALTER COLUMN reason",
            "coweave_message ALTER COLUMN body",
            "coweave_code ALTER COLUMN description")
        .map(column -> "ALTER TABLE " + column + " SET DATA TYPE TEXT_TYPE");
  }

  /**
   * Creates the tables, or brings them up to date.
   *
   * @throws FormatException if a newer version made them
   */
  public static void migrate(Connection c, Dialect d) throws SQLException {
    c.setAutoCommit(false);
    try (Statement s = c.createStatement()) {
      if (d == Dialect.POSTGRESQL) {
        s.execute("SELECT pg_advisory_xact_lock(7019273)");
      }
      s.execute("CREATE TABLE IF NOT EXISTS coweave_schema (version INT NOT NULL)");
      int present = version(s);
      List<List<String>> versions = versions(d);
      if (present > versions.size()) {
        throw new FormatException(
            Fault.OTHER_SCHEMA,
            "the tables are of version " + present + ", and this one knows " + versions.size());
      }
      for (List<String> statements : versions.subList(present, versions.size())) {
        for (String statement : statements) {
          s.execute(statement.replace("TEXT_TYPE", d.text()));
        }
      }
      if (present < versions.size()) {
        s.execute("DELETE FROM coweave_schema");
        s.execute("INSERT INTO coweave_schema VALUES (" + versions.size() + ")");
      }
      c.commit();
    } finally {
      c.rollback();
      c.setAutoCommit(true);
    }
  }

  private static int version(Statement s) throws SQLException {
    try (ResultSet r = s.executeQuery("SELECT MAX(version) FROM coweave_schema")) {
      r.next();
      return r.getInt(1);
    }
  }
}
