package dev.coweave.durable.sql;

import dev.coweave.durable.sql.RunRow.Cancel;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The statements about runs. Each takes a connection and is a part of its transaction. */
public final class RunTable {
  private final Database db;
  private final String now;

  /** The table in a database. */
  public RunTable(Database db) {
    this.db = db;
    this.now = db.now();
  }

  // ---- waiting for others, and queues

  /** What a run's {@code wait} is while it waits for several others. */
  public static final String ALL = "runs";

  /** Makes a queue, or gives it another limit. */
  public void queue(Connection c, String name, int most) throws SQLException {
    QueueTable.define(c, name, most);
    QueueTable.admit(c, name, now);
  }

  /**
   * What else happens when a run has ended.
   *
   * @return whether others may go on
   */
  boolean ended(Connection c, String id) throws SQLException {
    Ended ended = db.dialect() == Dialect.POSTGRESQL ? wakeAtOnce(c, id) : wakeInTurn(c, id);
    if (ended.hasWaiters) {
      for (String waiter : WaitTable.ended(c, id)) {
        wake(c, "id = ? AND wait = '" + ALL + "'", waiter);
      }
    }
    if (ended.queue != null) {
      QueueTable.leave(c, id);
      QueueTable.admit(c, ended.queue, now);
    }
    return ended.woken > 0 || ended.hasWaiters || ended.queue != null;
  }

  /**
   * Of a run that has ended.
   *
   * @param queue the queue in which it was
   * @param hasWaiters whether runs wait for it and others
   * @param woken how many waited for it alone
   */
  private record Ended(@Nullable String queue, boolean hasWaiters, long woken) {}

  private static final String ENDED =
      "SELECT r.queue, EXISTS (SELECT 1 FROM coweave_wait w WHERE w.run = r.id AND NOT w.ended)";

  private Ended wakeInTurn(Connection c, String id) throws SQLException {
    for (String what : List.of("coweave_message WHERE run", "coweave_wait WHERE waiter")) {
      try (PreparedStatement s = c.prepareStatement("DELETE FROM " + what + " = ?")) {
        s.setString(1, id);
        s.executeUpdate();
      }
    }
    int woken = wake(c, "wait = ?", "run:" + id);
    try (PreparedStatement s =
        c.prepareStatement(ENDED + ", CAST(? AS BIGINT) FROM coweave_run r WHERE r.id = ?")) {
      s.setLong(1, woken);
      s.setString(2, id);
      return ended(s);
    }
  }

  /** The same in one trip to the database. */
  private Ended wakeAtOnce(Connection c, String id) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "WITH gone AS (DELETE FROM coweave_message WHERE run = ?), waits AS (DELETE FROM"
                + " coweave_wait WHERE waiter = ?), woken AS (UPDATE coweave_run SET due = "
                + now
                + " WHERE wait = ? AND "
                + Claims.FREE
                + " RETURNING id) "
                + ENDED
                + ", (SELECT COUNT(*) FROM woken) FROM coweave_run r WHERE r.id = ?")) {
      s.setString(1, id);
      s.setString(2, id);
      s.setString(3, "run:" + id);
      s.setString(4, id);
      return ended(s);
    }
  }

  private static Ended ended(PreparedStatement s) throws SQLException {
    try (ResultSet r = s.executeQuery()) {
      return r.next()
          ? new Ended(r.getString(1), r.getBoolean(2), r.getLong(3))
          : new Ended(null, false, 0);
    }
  }

  /**
   * Deletes results that nobody needs any more, and ids after them: some of each.
   *
   * @return how many
   */
  public int purge(Connection c, long keepResults, long keepIds) throws SQLException {
    String some = " FETCH FIRST 500 ROWS ONLY)";
    int n;
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET result = NULL, tombstone = TRUE WHERE id IN (SELECT id FROM"
                + " coweave_run r WHERE ended <= "
                + now
                + " - ? AND NOT tombstone AND NOT EXISTS (SELECT 1 FROM coweave_run p WHERE p.id ="
                + " r.parent AND p.status IN ('active', 'parked'))"
                + some)) {
      s.setLong(1, keepResults);
      n = s.executeUpdate();
    }
    try (PreparedStatement s =
        c.prepareStatement(
            "DELETE FROM coweave_run WHERE id IN (SELECT id FROM coweave_run WHERE ended <= "
                + now
                + " - ? AND tombstone"
                + some)) {
      s.setLong(1, keepResults + keepIds);
      return n + s.executeUpdate();
    }
  }

  /** Those that rest go on: so many. */
  int wake(Connection c, String which, String... values) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET due = " + now + " WHERE " + Claims.FREE + " AND " + which)) {
      for (int i = 0; i < values.length; i++) {
        s.setString(i + 1, values[i]);
      }
      return s.executeUpdate();
    }
  }

  // ---- what anybody does to a run

  /**
   * What is known of a run from outside.
   *
   * @param result the text of its outcome, once it has ended
   */
  public record View(
      String id,
      Status status,
      String owner,
      String method,
      @Nullable String state,
      @Nullable String waitsFor,
      @Nullable String result,
      @Nullable String code,
      @Nullable String reason,
      Cancel cancel) {}

  /** A run, or null. */
  public @Nullable View find(Connection c, String id) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "SELECT id, status, class, method, state, wait, result, code, reason, cancel FROM"
                + " coweave_run WHERE id = ?")) {
      s.setString(1, id);
      try (ResultSet r = s.executeQuery()) {
        return r.next() ? view(r) : null;
      }
    }
  }

  private static View view(ResultSet r) throws SQLException {
    return new View(
        r.getString(1),
        Status.of(r.getString(2)),
        r.getString(3),
        r.getString(4),
        r.getString(5),
        r.getString(6),
        r.getString(7),
        r.getString(8),
        r.getString(9),
        Cancel.values()[r.getInt(10)]);
  }

  /** The runs that one waits for, by id; those that aren't there are left out. */
  public Map<String, View> waitedFor(Connection c, String waiter) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "SELECT id, status, class, method, NULL, wait, result, code, reason, cancel FROM"
                + " coweave_run WHERE id IN (SELECT run FROM coweave_wait WHERE waiter = ?)")) {
      s.setString(1, waiter);
      try (ResultSet r = s.executeQuery()) {
        Map<String, View> views = new HashMap<>();
        while (r.next()) {
          views.put(r.getString(1), view(r));
        }
        return views;
      }
    }
  }

  /** A run, or null; it doesn't end before the transaction does. */
  public @Nullable View lock(Connection c, String id) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("SELECT id FROM coweave_run WHERE id = ? FOR UPDATE")) {
      s.setString(1, id);
      s.executeQuery().close();
    }
    return find(c, id);
  }

  /** The first runs of a status, by id. */
  public List<View> list(Connection c, Status status, int most) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "SELECT id, status, class, method, NULL, wait, NULL, code, reason, cancel FROM"
                + " coweave_run WHERE status = ? ORDER BY id FETCH FIRST "
                + most
                + " ROWS ONLY")) {
      s.setString(1, status.name().toLowerCase(Locale.ROOT));
      try (ResultSet r = s.executeQuery()) {
        List<View> views = new ArrayList<>();
        while (r.next()) {
          views.add(view(r));
        }
        return views;
      }
    }
  }

  /** How many runs there are of each status. */
  public Map<Status, Long> count(Connection c) throws SQLException {
    try (PreparedStatement s =
            c.prepareStatement("SELECT status, COUNT(*) FROM coweave_run GROUP BY status");
        ResultSet r = s.executeQuery()) {
      Map<Status, Long> counts = new EnumMap<>(Status.class);
      while (r.next()) {
        counts.put(Status.of(r.getString(1)), r.getLong(2));
      }
      return counts;
    }
  }

  /** Changes the text of a parked run. */
  public boolean edit(Connection c, String id, String state) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("UPDATE coweave_run SET state = ? WHERE id = ? AND status = 'parked'")) {
      s.setString(1, state);
      s.setString(2, id);
      return s.executeUpdate() == 1;
    }
  }

  /** Asks a run to end; whether it is there and was not asked before. One that stands in line leaves it, for its end. */
  public boolean cancel(Connection c, String id) throws SQLException {
    String set =
        "UPDATE coweave_run SET cancel = 1, place = NULL WHERE id = ? AND cancel = 0 AND status IN"
            + " ('active', 'parked')";
    return change(c, set, id) && wakes(c, id);
  }

  private boolean wakes(Connection c, String id) throws SQLException {
    wake(c, "id = ?", id);
    return true;
  }

  /** Ends a run without running any of its code; whether it was there. */
  public boolean terminate(Connection c, String id) throws SQLException {
    boolean done =
        change(
            c,
            "UPDATE coweave_run SET status = 'terminated', ended = "
                + now
                + ", fence = fence + 1, owner = NULL, due ="
                + " NULL, needs = NULL, state = NULL, wait = NULL, changed = "
                + now
                + " WHERE id = ? AND status IN ('active', 'parked')",
            id);
    if (done) {
      ended(c, id);
    }
    return done;
  }

  /** Lets a parked run go on; whether it was parked. In a queue it stands in front of those that have not begun. */
  public boolean resume(Connection c, String id) throws SQLException {
    boolean done =
        change(
            c,
            "UPDATE coweave_run SET status = 'active', code = NULL, reason = NULL, claims = 0,"
                + " attempts = 0, place = CASE WHEN queue IS NOT NULL THEN 0 END, due = CASE WHEN"
                + " queue IS NULL THEN "
                + now
                + " END WHERE id = ? AND status = 'parked'",
            id);
    if (done) {
      QueueTable.admitOf(c, id, now);
    }
    return done;
  }

  private static boolean change(Connection c, String sql, String id) throws SQLException {
    try (PreparedStatement s = c.prepareStatement(sql)) {
      s.setString(1, id);
      return s.executeUpdate() == 1;
    }
  }
}
