package dev.coweave.durable.sql;

import dev.coweave.durable.sql.RunRow.Cancel;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The statements about runs. Each takes a connection and is a part of its transaction. */
public final class RunTable {
  private final Database db;
  private final String now;
  private final int generation;

  /**
   * The table in a database.
   *
   * @param generation the program's
   */
  public RunTable(Database db, int generation) {
    this.db = db;
    this.generation = generation;
    this.now = db.now();
  }

  // ---- starting

  /**
   * A run to start.
   *
   * @param origin a digest of its method and arguments
   * @param queue the queue in which it stands, or null
   * @param code the fingerprint of its method
   * @param description the method, as text
   */
  public record New(
      String id,
      String owner,
      String method,
      String origin,
      int generation,
      String state,
      @Nullable String parent,
      @Nullable String queue,
      String code,
      String description) {}

  /**
   * Starts a run unless the id is taken.
   *
   * @return the digest of the run that has the id
   */
  public String start(Connection c, New run, long incarnation) throws SQLException {
    String present = origin(c, run.id);
    if (present != null) {
      return present;
    }
    Long place = run.queue == null ? null : QueueTable.place(c, run.queue);
    if (run.queue != null && place == null) {
      throw new IllegalArgumentException(
          "there is no queue " + run.queue + ": engine.queue(name, most) makes it");
    }
    String insert =
        "INSERT INTO coweave_run (id, incarnation, status, class, method, origin, generation,"
            + " checkpoint, state, due, fence, claims, attempts, cancel, parent, queue, place,"
            + " created, changed) VALUES (?, ?, 'active', ?, ?, ?, ?, 0, ?, "
            + (run.queue == null ? now : "NULL")
            + ", 0, 0, 0, 0, ?, ?, ?, "
            + now
            + ", "
            + now
            + ")";
    try (PreparedStatement s =
        c.prepareStatement(
            db.dialect() == Dialect.POSTGRESQL
                ? insert + " ON CONFLICT (id) DO NOTHING"
                : insert)) {
      s.setString(1, run.id);
      s.setLong(2, incarnation);
      s.setString(3, run.owner);
      s.setString(4, run.method);
      s.setString(5, run.origin);
      s.setInt(6, run.generation);
      s.setString(7, run.state);
      s.setString(8, run.parent);
      s.setString(9, run.queue);
      setLong(s, 10, place);
      if (s.executeUpdate() == 1) {
        if (run.queue != null) {
          QueueTable.admit(c, run.queue, now);
        }
        return run.origin;
      }
    } catch (SQLException e) {
      if (!db.dialect().isDuplicate(e)) {
        throw e;
      }
    }
    String other = origin(c, run.id);
    return other == null ? run.origin : other;
  }

  private static @Nullable String origin(Connection c, String id) throws SQLException {
    try (PreparedStatement s = c.prepareStatement("SELECT origin FROM coweave_run WHERE id = ?")) {
      s.setString(1, id);
      try (ResultSet r = s.executeQuery()) {
        return r.next() ? r.getString(1) : null;
      }
    }
  }

  /** What a run's {@code wait} is while it waits for several others. */
  public static final String ALL = "runs";

  /** Makes a queue, or gives it another limit. */
  public void queue(Connection c, String name, int most) throws SQLException {
    QueueTable.define(c, name, most);
    QueueTable.admit(c, name, now);
  }

  // ---- claiming

  /** Claims runs that are due: nobody else has them until this node ends or gives them back. */
  public List<RunRow> claim(Connection c, String node, int most) throws SQLException {
    List<String> ids = new ArrayList<>();
    try (PreparedStatement s =
        c.prepareStatement(
            "SELECT id FROM coweave_run WHERE due <= "
                + now
                + " AND status = 'active' AND generation <= ? ORDER BY due FETCH FIRST "
                + most
                + " ROWS ONLY FOR UPDATE SKIP LOCKED")) {
      s.setInt(1, generation);
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          ids.add(r.getString(1));
        }
      }
    }
    List<RunRow> rows = new ArrayList<>();
    for (String id : ids) {
      rows.add(take(c, id, node));
    }
    return rows;
  }

  private RunRow take(Connection c, String id, String node) throws SQLException {
    String update =
        "UPDATE coweave_run SET owner = ?, fence = fence + 1, claims = claims + 1, due = NULL WHERE"
            + " id = ?";
    String columns =
        "id, incarnation, class, method, fence, checkpoint, state, wait, deadline, claims,"
            + " attempts, cancel, "
            + now;
    try (PreparedStatement s = c.prepareStatement(db.dialect().returning(update, columns))) {
      s.setString(1, node);
      s.setString(2, id);
      try (ResultSet r = s.executeQuery()) {
        r.next();
        long time = r.getLong(9);
        Long deadline = r.wasNull() ? null : time;
        return new RunRow(
            r.getString(1),
            r.getLong(2),
            r.getString(3),
            r.getString(4),
            r.getLong(5),
            r.getLong(6),
            r.getString(7),
            r.getString(8),
            deadline,
            r.getInt(10),
            r.getInt(11),
            Cancel.values()[r.getInt(12)],
            r.getLong(13));
      }
    }
  }

  // ---- what the node that has a run writes

  /**
   * Stores where a run stands now.
   *
   * @param delivered whether its cancellation has been delivered
   * @return whether it is cancelled
   * @throws LeaseLost if it is no longer this claim's
   */
  public Cancel checkpoint(
      Connection c, RunRow run, String node, String state, Parking parking, boolean delivered)
      throws SQLException {
    String update =
        "UPDATE coweave_run SET state = ?, checkpoint = checkpoint + 1, claims = 0, attempts = 0,"
            + " wait = ?, deadline = ?, due = CASE WHEN cancel = 1 AND NOT ? THEN "
            + now
            + " ELSE ? END,"
            + " owner = ?, cancel = CASE WHEN ? THEN 2 ELSE cancel END, generation = ?, changed = "
            + now
            + " WHERE id = ? AND fence = ? AND owner = ? AND status = 'active'";
    try (PreparedStatement s = c.prepareStatement(db.dialect().returning(update, "cancel"))) {
      s.setString(1, state);
      s.setString(2, parking.waitsFor());
      setLong(s, 3, parking.deadline());
      // A run that was cancelled while it ran is woken when it rests; one that goes on sees it
      // here.
      s.setBoolean(4, delivered || parking.keep());
      setLong(s, 5, parking.due());
      s.setString(6, parking.keep() ? node : null);
      s.setBoolean(7, delivered);
      s.setInt(8, generation);
      s.setString(9, run.id());
      s.setLong(10, run.fence());
      s.setString(11, node);
      return cancelOf(s, run);
    }
  }

  private static Cancel cancelOf(PreparedStatement s, RunRow run) throws SQLException {
    try (ResultSet r = s.executeQuery()) {
      if (!r.next()) {
        throw new LeaseLost(run.id());
      }
      return Cancel.values()[r.getInt(1)];
    }
  }

  /** Gives a run back as it was stored, to be taken again later; the claim doesn't count if nothing was the matter. */
  public void release(
      Connection c, RunRow run, String node, long delay, int attempts, boolean count)
      throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET owner = NULL, due = "
                + now
                + " + ?, attempts = ?, claims = claims - ? WHERE id = ? AND fence = ? AND owner"
                + " = ?")) {
      s.setLong(1, delay);
      s.setInt(2, attempts);
      s.setInt(3, count ? 0 : 1);
      s.setString(4, run.id());
      s.setLong(5, run.fence());
      s.setString(6, node);
      s.executeUpdate();
    }
  }

  /** The run waits on: what it waited for has not come. */
  public void waitOn(Connection c, RunRow run, String node, @Nullable Long due)
      throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET owner = NULL, due = CASE WHEN cancel = 1 THEN "
                + now
                + " ELSE ? END, claims = claims - 1 WHERE id = ? AND fence = ? AND owner = ?")) {
      setLong(s, 1, due);
      s.setString(2, run.id());
      s.setLong(3, run.fence());
      s.setString(4, node);
      s.executeUpdate();
    }
  }

  /**
   * Parks a run: it can't go on by itself. If a newer generation of the program is at work the run is left to it instead: no older node takes it
   * again.
   *
   * @return whether it was parked
   */
  public boolean park(Connection c, RunRow run, String node, String code, String reason)
      throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET owner = NULL, due = "
                + now
                + ", claims = 0, generation = (SELECT MAX(generation) FROM coweave_node) WHERE id ="
                + " ? AND fence = ? AND owner = ? AND EXISTS (SELECT 1 FROM coweave_node WHERE"
                + " generation > ?)")) {
      s.setString(1, run.id());
      s.setLong(2, run.fence());
      s.setString(3, node);
      s.setInt(4, generation);
      if (s.executeUpdate() == 1) {
        return false;
      }
    }
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET status = 'parked', owner = NULL, due = NULL, code = ?, reason ="
                + " ?, changed = "
                + now
                + " WHERE id = ? AND fence = ? AND owner = ? AND status = 'active'")) {
      s.setString(1, code);
      s.setString(2, reason);
      s.setString(3, run.id());
      s.setLong(4, run.fence());
      s.setString(5, node);
      return s.executeUpdate() == 1;
    }
  }

  /**
   * Ends a run, and wakes those that wait for it.
   *
   * @throws LeaseLost if it is no longer this claim's
   */
  public void end(Connection c, RunRow run, String node, Status status, String result)
      throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET status = ?, ended = "
                + now
                + ", result = ?, state = NULL, owner = NULL, due = NULL,"
                + " wait = NULL, deadline = NULL, checkpoint = checkpoint + 1, claims = 0, changed"
                + " = "
                + now
                + " WHERE id = ? AND fence = ? AND owner = ? AND status = 'active'")) {
      s.setString(1, status.column());
      s.setString(2, result);
      s.setString(3, run.id());
      s.setLong(4, run.fence());
      s.setString(5, node);
      if (s.executeUpdate() != 1) {
        throw new LeaseLost(run.id());
      }
    }
    ended(c, run.id());
  }

  /** What else happens when a run has ended. */
  private void ended(Connection c, String id) throws SQLException {
    try (PreparedStatement s = c.prepareStatement("DELETE FROM coweave_message WHERE run = ?")) {
      s.setString(1, id);
      s.executeUpdate();
    }
    wake(c, "wait = ?", "run:" + id);
    for (String waiter : WaitTable.ended(c, id)) {
      wake(c, "id = ? AND wait = '" + ALL + "'", waiter);
    }
    String queue = null;
    try (PreparedStatement s = c.prepareStatement("SELECT queue FROM coweave_run WHERE id = ?")) {
      s.setString(1, id);
      try (ResultSet r = s.executeQuery()) {
        queue = r.next() ? r.getString(1) : null;
      }
    }
    if (queue != null) {
      QueueTable.admit(c, queue, now);
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

  private void wake(Connection c, String which, String... values) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET due = "
                + now
                + " WHERE status = 'active' AND owner IS NULL AND "
                + which)) {
      for (int i = 0; i < values.length; i++) {
        s.setString(i + 1, values[i]);
      }
      s.executeUpdate();
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

  /** Asks a run to end; whether it is there and was not asked before. */
  public boolean cancel(Connection c, String id) throws SQLException {
    String set =
        "UPDATE coweave_run SET cancel = 1 WHERE id = ? AND cancel = 0 AND status IN ('active',"
            + " 'parked')";
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
                + " NULL, state = NULL, wait = NULL, changed = "
                + now
                + " WHERE id = ? AND status IN ('active', 'parked')",
            id);
    if (done) {
      ended(c, id);
    }
    return done;
  }

  /** Lets a parked run go on; whether it was parked. */
  public boolean resume(Connection c, String id) throws SQLException {
    return change(
        c,
        "UPDATE coweave_run SET status = 'active', code = NULL, reason = NULL, claims = 0, attempts"
            + " = 0, due = "
            + now
            + " WHERE id = ? AND status = 'parked'",
        id);
  }

  private static boolean change(Connection c, String sql, String id) throws SQLException {
    try (PreparedStatement s = c.prepareStatement(sql)) {
      s.setString(1, id);
      return s.executeUpdate() == 1;
    }
  }

  // ---- messages

  /** What became of a message. */
  public enum Sent {
    SENT,
    /** One of the same id was there before. */
    REPEATED,
    /** The run isn't there, or has ended. */
    NO_RUN
  }

  /** Sends a message. */
  public Sent send(Connection c, String run, String name, @Nullable String messageId, String body)
      throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "SELECT id FROM coweave_run WHERE id = ? AND status IN ('active', 'parked') FOR"
                + " UPDATE")) {
      s.setString(1, run);
      try (ResultSet r = s.executeQuery()) {
        if (!r.next()) {
          return Sent.NO_RUN;
        }
      }
    }
    if (messageId != null && isKnown(c, run, messageId)) {
      return Sent.REPEATED;
    }
    try (PreparedStatement s =
        c.prepareStatement(
            "INSERT INTO coweave_message (run, name, message_id, body, taken) VALUES (?, ?, ?, ?,"
                + " FALSE)")) {
      s.setString(1, run);
      s.setString(2, name);
      s.setString(3, messageId);
      s.setString(4, body);
      s.executeUpdate();
    }
    wake(c, "id = ? AND wait = ?", run, "message:" + name);
    return Sent.SENT;
  }

  private static boolean isKnown(Connection c, String run, String messageId) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("SELECT seq FROM coweave_message WHERE run = ? AND message_id = ?")) {
      s.setString(1, run);
      s.setString(2, messageId);
      try (ResultSet r = s.executeQuery()) {
        return r.next();
      }
    }
  }

  /**
   * Takes the oldest message of a name. The run's row is locked first: a message that is sent at the same time is seen, or wakes the run.
   *
   * @return its text, or null
   */
  public @Nullable String receive(Connection c, String run, String name) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("SELECT id FROM coweave_run WHERE id = ? FOR UPDATE")) {
      s.setString(1, run);
      s.executeQuery().close();
    }
    long seq;
    String body;
    boolean remembered;
    try (PreparedStatement s =
        c.prepareStatement(
            "SELECT seq, body, message_id FROM coweave_message WHERE run = ? AND name = ? AND NOT"
                + " taken ORDER BY seq FETCH FIRST 1 ROWS ONLY")) {
      s.setString(1, run);
      s.setString(2, name);
      try (ResultSet r = s.executeQuery()) {
        if (!r.next()) {
          return null;
        }
        seq = r.getLong(1);
        body = r.getString(2);
        remembered = r.getString(3) != null;
      }
    }
    try (PreparedStatement s =
        c.prepareStatement(
            remembered
                ? "UPDATE coweave_message SET taken = TRUE, body = '' WHERE seq = ?"
                : "DELETE FROM coweave_message WHERE seq = ?")) {
      s.setLong(1, seq);
      s.executeUpdate();
    }
    return body;
  }

  // ---- time

  /** When the next run is due, or null; and what time it is. */
  public long[] nextDue(Connection c) throws SQLException {
    try (PreparedStatement s =
            c.prepareStatement(
                "SELECT MIN(due), "
                    + now
                    + " FROM coweave_run WHERE due IS NOT NULL AND status = 'active'");
        ResultSet r = s.executeQuery()) {
      r.next();
      long due = r.getLong(1);
      return new long[] {r.wasNull() ? Long.MAX_VALUE : due, r.getLong(2)};
    }
  }

  /** The time. */
  public long now(Connection c) throws SQLException {
    try (PreparedStatement s = c.prepareStatement("SELECT " + now);
        ResultSet r = s.executeQuery()) {
      r.next();
      return r.getLong(1);
    }
  }

  private static void setLong(PreparedStatement s, int i, @Nullable Long value)
      throws SQLException {
    if (value == null) {
      s.setNull(i, Types.BIGINT);
    } else {
      s.setLong(i, value);
    }
  }
}
