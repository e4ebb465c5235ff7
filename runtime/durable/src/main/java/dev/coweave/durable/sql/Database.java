package dev.coweave.durable.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Optional;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Runs transactions. Thread-safe. */
public final class Database {
  /**
   * Work in a transaction.
   *
   * @param <T> what it gives
   */
  public interface Work<T extends @Nullable Object> {
    /** Does it. */
    T on(Connection c) throws SQLException;
  }

  /** Work that gives nothing. */
  public interface Action {
    /** Does it. */
    void on(Connection c) throws SQLException;
  }

  /**
   * Work that may find nothing.
   *
   * @param <T> what it finds
   */
  public interface Search<T> {
    /** Does it. */
    @Nullable T on(Connection c) throws SQLException;
  }

  private static final int TRIES = 20;

  private final DataSource source;
  private final Dialect dialect;
  private final @Nullable OneAtATime turns;
  private final Duration limit;
  private final boolean virtualTime;

  /**
   * A database.
   *
   * @param source gives connections; a pool
   * @param first one of them
   * @param limit how long a transaction may take
   * @param virtualTime whether time is what the table {@code coweave_clock} says
   */
  public Database(DataSource source, Connection first, Duration limit, boolean virtualTime)
      throws SQLException {
    this.source = source;
    this.dialect = Dialect.of(first);
    this.turns = dialect == Dialect.H2 ? OneAtATime.of(first) : null;
    this.limit = limit;
    this.virtualTime = virtualTime;
  }

  /** Its kind. */
  public Dialect dialect() {
    return dialect;
  }

  /** The time, as an SQL expression: milliseconds. */
  String now() {
    return virtualTime ? "(SELECT millis FROM coweave_clock)" : dialect.realNow();
  }

  /**
   * Runs work in a transaction and commits it. Deadlocks and serialisation failures run it again.
   *
   * @throws SQLException if the work or the commit failed; of a commit that failed the outcome is not known
   */
  public <T extends @Nullable Object> T transact(Work<T> work) throws SQLException {
    for (int i = 1; ; i++) {
      try {
        return inTurn(work);
      } catch (SQLException e) {
        if (i == TRIES || !isTransient(e)) {
          throw e;
        }
      }
    }
  }

  /** The same for work that gives nothing. */
  public void run(Action work) throws SQLException {
    transact(
        c -> {
          work.on(c);
          return true;
        });
  }

  /** The same for work that may find nothing. */
  public <T> @Nullable T find(Search<T> work) throws SQLException {
    return transact(c -> Optional.ofNullable(work.on(c))).orElse(null);
  }

  private <T extends @Nullable Object> T inTurn(Work<T> work) throws SQLException {
    if (turns != null) {
      turns.begin(limit);
    }
    try (Connection c = source.getConnection()) {
      return once(c, work);
    } finally {
      if (turns != null) {
        turns.end();
      }
    }
  }

  private <T extends @Nullable Object> T once(Connection c, Work<T> work) throws SQLException {
    boolean done = false;
    try {
      if (c.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED) {
        c.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      }
      dialect.begin(c, limit);
      T result = work.on(c);
      c.commit();
      done = true;
      return result;
    } finally {
      if (!done) {
        rollback(c);
      }
      c.setAutoCommit(true);
    }
  }

  private static void rollback(Connection c) {
    try {
      c.rollback();
    } catch (SQLException e) {
      // The connection is gone, and with it the transaction.
    }
  }

  /** Whether a transaction failed for what others did at the same time, and has done nothing. */
  public static boolean isTransient(SQLException e) {
    String state = e.getSQLState();
    return "40001".equals(state) || "40P01".equals(state) || "HYT00".equals(state);
  }
}
