package dev.coweave.durable.sql;

import dev.coweave.durable.format.Fault;
import dev.coweave.durable.format.FormatException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Locale;

/** What differs between databases. */
public enum Dialect {
  /** Embedded, one process. As it comes it acknowledges commits that a kill undoes: see {@link #begin}. */
  H2 {
    @Override
    String realNow() {
      return "DATEDIFF('MILLISECOND', TIMESTAMP WITH TIME ZONE '1970-01-01 00:00:00+00',"
          + " CURRENT_TIMESTAMP)";
    }

    @Override
    String text() {
      return "CHARACTER VARYING";
    }

    @Override
    String returning(String update, String columns) {
      return "SELECT " + columns + " FROM FINAL TABLE (" + update + ")";
    }

    /**
     * H2 writes some time after the commit, unless told otherwise; a connection that is opened with other settings in its URL changes them for
     * all. So it is said again in each transaction, before it begins: the statement would commit one.
     */
    @Override
    void begin(Connection c, Duration limit, String isolation) throws SQLException {
      int level =
          isolation.equals("READ_COMMITTED")
              ? Connection.TRANSACTION_READ_COMMITTED
              : Connection.TRANSACTION_REPEATABLE_READ;
      if (c.getTransactionIsolation() != level) {
        c.setTransactionIsolation(level);
      }
      try (Statement s = c.createStatement()) {
        s.execute("SET WRITE_DELAY 0");
      }
      c.setAutoCommit(false);
    }

    @Override
    public void check(Connection c, boolean unsafe) throws SQLException {
      try (Statement s = c.createStatement()) {
        s.execute("SET WRITE_DELAY 0");
      } catch (SQLException e) {
        if (!unsafe) {
          throw new FormatException(
              Fault.UNSAFE_DATABASE,
              "H2 doesn't let this user set WRITE_DELAY, without which it loses commits at a kill",
              e);
        }
      }
    }

    @Override
    boolean isDuplicate(SQLException e) {
      return "23505".equals(e.getSQLState());
    }
  },

  /** Any number of processes. */
  POSTGRESQL {
    /** The statement's: it is the same for each row, without which no index would serve. */
    @Override
    String realNow() {
      return "CAST(EXTRACT(EPOCH FROM statement_timestamp()) * 1000 AS BIGINT)";
    }

    @Override
    String text() {
      return "TEXT";
    }

    @Override
    String returning(String update, String columns) {
      return update + " RETURNING " + columns;
    }

    @Override
    void begin(Connection c, Duration limit, String isolation) throws SQLException {
      c.setAutoCommit(false);
      try (Statement s = c.createStatement()) {
        s.execute(
            "SET TRANSACTION ISOLATION LEVEL "
                + isolation.replace('_', ' ')
                + "; SET LOCAL statement_timeout = "
                + limit.toMillis()
                + "; SET LOCAL idle_in_transaction_session_timeout = "
                + limit.toMillis());
      }
    }

    @Override
    public void check(Connection c, boolean unsafe) throws SQLException {
      try (Statement s = c.createStatement();
          ResultSet r = s.executeQuery("SHOW synchronous_commit")) {
        r.next();
        if (r.getString(1).toLowerCase(Locale.ROOT).equals("off") && !unsafe) {
          throw new FormatException(
              Fault.UNSAFE_DATABASE,
              "synchronous_commit is off: PostgreSQL loses acknowledged commits when it crashes");
        }
      }
    }

    @Override
    boolean isDuplicate(SQLException e) {
      return "23505".equals(e.getSQLState());
    }
  };

  /** The dialect of a connection's database. */
  public static Dialect of(Connection c) throws SQLException {
    String product = c.getMetaData().getDatabaseProductName().toLowerCase(Locale.ROOT);
    if (product.contains("h2")) {
      return H2;
    } else if (product.contains("postgresql")) {
      return POSTGRESQL;
    }
    throw new IllegalArgumentException(
        "a durable engine runs on H2 or PostgreSQL, and this is " + product);
  }

  /** The time by the database's clock, in milliseconds since 1970. */
  abstract String realNow();

  /** The type of long texts. */
  abstract String text();

  /** An update of one row that gives columns of what became of it. */
  abstract String returning(String update, String columns);

  /**
   * Begins a transaction on a connection that is in none.
   *
   * @param limit how long the database lets it take, so that a process that is stopped in the middle holds nothing for longer
   * @param isolation its level, as JDBC calls it
   */
  abstract void begin(Connection c, Duration limit, String isolation) throws SQLException;

  /**
   * Makes sure that commits last.
   *
   * @param unsafe whether the user said that they need not
   * @throws FormatException if they don't
   */
  public abstract void check(Connection c, boolean unsafe) throws SQLException;

  /** Whether a row was there already. */
  abstract boolean isDuplicate(SQLException e);
}
