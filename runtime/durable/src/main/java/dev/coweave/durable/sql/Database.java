package dev.coweave.durable.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
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
  private static final String READ_COMMITTED = "READ_COMMITTED";

  /** How many share a transaction at most. */
  static final int GROUP = 200;

  private final DataSource source;
  private final Dialect dialect;
  private final @Nullable OneAtATime turns;
  private final @Nullable GroupCommit<Work<?>, @Nullable Object> groups;
  private final Duration limit;
  private final boolean virtualTime;
  private volatile boolean crashed;

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
    this.groups = turns == null ? null : new GroupCommit<>(GROUP, 1, this::together);
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

  /** The time. */
  public long now(Connection c) throws SQLException {
    try (PreparedStatement s = c.prepareStatement("SELECT " + now());
        ResultSet r = s.executeQuery()) {
      r.next();
      return r.getLong(1);
    }
  }

  /**
   * Runs work in a transaction and commits it. Deadlocks and serialisation failures run it again.
   *
   * @throws SQLException if the work or the commit failed; of a commit that failed the outcome is not known
   */
  public <T extends @Nullable Object> T transact(Work<T> work) throws SQLException {
    return transact(READ_COMMITTED, work);
  }

  /**
   * The same at another level.
   *
   * @param isolation as JDBC calls it, without {@code TRANSACTION_}
   */
  public <T extends @Nullable Object> T transact(String isolation, Work<T> work)
      throws SQLException {
    return again(() -> inTurn(isolation, work));
  }

  /** How long a transaction may take. */
  public Duration limit() {
    return limit;
  }

  /**
   * The same for work that is one statement, or such that each of its statements may be committed for itself: one trip to the database each. As
   * nothing is held from one statement to the next no limit is set.
   */
  public <T extends @Nullable Object> T single(Work<T> work) throws SQLException {
    return turns == null ? again(() -> committing(work)) : join(work);
  }

  /**
   * The same for work that may share its transaction with that of others: on H2, where one transaction goes on after the other, those who come
   * while one does are the next, together. If it throws, only its own part is undone.
   */
  @SuppressWarnings("unchecked") // the entry's result is its work's
  public <T extends @Nullable Object> T join(Work<T> work) throws SQLException {
    GroupCommit<Work<?>, @Nullable Object> shared = groups;
    if (shared == null || (turns != null && turns.isMine())) {
      return transact(work);
    }
    return (T) shared.write(work);
  }

  /** The same without waiting: completed already if it was done at once, else by a thread that must not be held up. */
  @SuppressWarnings("unchecked") // the entry's result is its work's
  <T extends @Nullable Object> CompletableFuture<T> joinLater(Work<T> work) {
    if (groups != null) {
      return (CompletableFuture<T>) groups.submit(work);
    }
    try {
      return CompletableFuture.completedFuture(transact(work));
    } catch (SQLException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void together(List<GroupCommit.Entry<Work<?>, @Nullable Object>> group)
      throws SQLException {
    List<GroupCommit.Entry<Work<?>, @Nullable Object>> left = new ArrayList<>(group);
    while (!left.isEmpty()) {
      GroupCommit.Entry<Work<?>, @Nullable Object> failed = find(c -> firstFailure(c, left));
      if (failed == null) {
        return;
      }
      left.remove(failed);
    }
  }

  /** The transaction must be undone if there is one. */
  private static GroupCommit.@Nullable Entry<Work<?>, @Nullable Object> firstFailure(
      Connection c, List<GroupCommit.Entry<Work<?>, @Nullable Object>> group) throws SQLException {
    for (GroupCommit.Entry<Work<?>, @Nullable Object> entry : group) {
      try {
        entry.done(entry.item.on(c));
      } catch (LeaseLost | RuntimeException e) {
        entry.failed(e);
        c.rollback();
        return entry;
      }
    }
    return null;
  }

  private interface Attempt<T extends @Nullable Object> {
    T make() throws SQLException;
  }

  private static <T extends @Nullable Object> T again(Attempt<T> attempt) throws SQLException {
    for (int i = 1; ; i++) {
      try {
        return attempt.make();
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

  /** From now on nothing gets to the database, as if the process had ended: for tests. */
  public void crash() {
    crashed = true;
  }

  private Connection connection() throws SQLException {
    if (crashed) {
      throw new SQLNonTransientConnectionException("the node has crashed", "08003");
    }
    return source.getConnection();
  }

  /** A process that has ended commits nothing more either. */
  private void commit(Connection c) throws SQLException {
    if (crashed) {
      throw new SQLNonTransientConnectionException("the node has crashed", "08003");
    }
    c.commit();
  }

  private <T extends @Nullable Object> T inTurn(String isolation, Work<T> work)
      throws SQLException {
    if (turns != null) {
      turns.begin(limit);
    }
    try (Connection c = connection()) {
      return once(c, isolation, work);
    } finally {
      if (turns != null) {
        turns.end();
      }
    }
  }

  private <T extends @Nullable Object> T committing(Work<T> work) throws SQLException {
    try (Connection c = connection()) {
      if (!c.getAutoCommit()) {
        c.setAutoCommit(true);
      }
      return work.on(c);
    }
  }

  private <T extends @Nullable Object> T once(Connection c, String isolation, Work<T> work)
      throws SQLException {
    boolean done = false;
    try {
      dialect.begin(c, limit, isolation);
      T result = work.on(c);
      commit(c);
      done = true;
      return result;
    } finally {
      end(c, done);
    }
  }

  private static void end(Connection c, boolean committed) {
    try {
      if (!committed) {
        c.rollback();
      }
      c.setAutoCommit(true);
    } catch (SQLException e) {
      // The connection is gone, and with it the transaction, if it was still one.
    }
  }

  /** Whether a transaction failed for what it did, and would fail again: its values, constraints, limits; or for a failure before that it hid. */
  public static boolean isOfWork(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.startsWith("22")
        || state.startsWith("23")
        || state.startsWith("54")
        || state.equals("25P02");
  }

  /** Whether the connection has gone, or the database. */
  public static boolean isLost(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.startsWith("08")
        || state.startsWith("57P")
        || state.equals("25P03")
        || CLOSED_BY_H2.contains(state);
  }

  /** The database was closed, the object was, the connection is broken. */
  private static final Set<String> CLOSED_BY_H2 = Set.of("90098", "90121", "90007", "90067");

  /** Whether a transaction failed for what others did at the same time, and has done nothing. */
  public static boolean isTransient(SQLException e) {
    String state = e.getSQLState();
    return "40001".equals(state) || "40P01".equals(state) || "HYT00".equals(state);
  }
}
