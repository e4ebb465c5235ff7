package dev.coweave.durable.sql;

import dev.coweave.durable.sql.RunRow.Cancel;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Who works on which run: nodes claim what is due, and give back what they can't go on with. */
public final class Claims {
  /**
   * Whether a claim is still good: its run, fence and node. The owner stands in an expression, so that rows are not found by it: a node has hundreds, and
   * with statistics of a time when it had none they would be.
   */
  static final String HELD = "id = ? AND fence = ? AND COALESCE(owner, '') = ?";

  /** Whether no node has a run that goes on. In an expression too, for there may be any number of them, and H2 would look at each. */
  static final String FREE = "status = 'active' AND COALESCE(owner, '') = ''";

  /** Whether a run waits for no time. */
  private static final String UNTIMED = " AND COALESCE(due, -1) = -1";

  private static final String COLUMNS =
      "id, incarnation, class, method, fence, checkpoint, state, wait, deadline, claims, attempts,"
          + " cancel, needs, ";

  private final Database db;
  private final String now;
  private final int generation;

  /** What runs need that other nodes lack and this one has. */
  private volatile Set<String> able = Set.of();

  /**
   * Of the runs in a database.
   *
   * @param generation the program's: runs of newer ones are others'
   */
  public Claims(Database db, int generation) {
    this.db = db;
    this.generation = generation;
    this.now = db.now();
  }

  // ---- taking

  /** Claims runs that are due: nobody else has them until this node ends or gives them back. */
  public List<RunRow> claim(Connection c, String node, int most) throws SQLException {
    return db.dialect() == Dialect.POSTGRESQL ? atOnce(c, node, most) : inTurn(c, node, most);
  }

  private String due(int most) {
    return "SELECT id FROM coweave_run WHERE due <= "
        + now
        + mine()
        + " ORDER BY due FETCH FIRST "
        + most
        + " ROWS ONLY";
  }

  /**
   * Those that this node may take. What they need stands in an expression, so that rows are not found by it: nearly all need nothing, and H2 would look at each
   * of them, and lock those that are due, to take a few.
   */
  private String mine() {
    String needs =
        able.stream().map(n -> ", '" + n.replace("'", "''") + "'").collect(Collectors.joining());
    return " AND status = 'active' AND generation <= ? AND COALESCE(needs, '') IN (''"
        + needs
        + ")";
  }

  private List<RunRow> atOnce(Connection c, String node, int most) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "WITH taken AS MATERIALIZED ("
                + due(most)
                + " FOR UPDATE SKIP LOCKED) UPDATE coweave_run r SET owner = ?, fence = fence + 1,"
                + " claims = claims + 1, due = NULL FROM taken WHERE r.id = taken.id RETURNING r."
                + COLUMNS
                + now)) {
      s.setInt(1, generation);
      s.setString(2, node);
      List<RunRow> rows = new ArrayList<>();
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          rows.add(row(r));
        }
      }
      return rows;
    }
  }

  /** On H2 what is selected for update is not found in the order of an index: all that is due would be locked, and so written. */
  private List<RunRow> inTurn(Connection c, String node, int most) throws SQLException {
    List<String> ids = new ArrayList<>();
    try (PreparedStatement s = c.prepareStatement(due(most))) {
      s.setInt(1, generation);
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          ids.add(r.getString(1));
        }
      }
    }
    List<RunRow> rows = new ArrayList<>();
    String update =
        "UPDATE coweave_run SET owner = ?, fence = fence + 1, claims = claims + 1, due = NULL WHERE"
            + " id = ? AND due IS NOT NULL";
    try (PreparedStatement s = c.prepareStatement(db.dialect().returning(update, COLUMNS + now))) {
      for (String id : ids) {
        s.setString(1, node);
        s.setString(2, id);
        try (ResultSet r = s.executeQuery()) {
          if (r.next()) {
            rows.add(row(r));
          }
        }
      }
    }
    return rows;
  }

  private static RunRow row(ResultSet r) throws SQLException {
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
        r.getLong(14),
        r.getString(13));
  }

  /** When the next run is due that this node could claim, or {@code Long.MAX_VALUE}; and what time it is then. */
  public long[] nextDue(Connection c) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "SELECT due, "
                + now
                + " FROM coweave_run WHERE due >= 0"
                + mine()
                + " ORDER BY due FETCH FIRST 1 ROWS ONLY")) {
      s.setInt(1, generation);
      try (ResultSet r = s.executeQuery()) {
        return r.next() ? new long[] {r.getLong(1), r.getLong(2)} : new long[] {Long.MAX_VALUE, 0};
      }
    }
  }

  // ---- what only some nodes have

  /**
   * Leaves a run to nodes that have what this one lacks: until one looks for it nobody takes it.
   *
   * @param lacks what that is
   * @param code of the problem, for operators
   * @param ifOthers whether that is done only if there are other nodes, of this generation or a newer
   * @return whether it was done
   */
  public boolean leave(
      Connection c,
      RunRow run,
      String node,
      String lacks,
      String code,
      String reason,
      boolean ifOthers)
      throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET owner = NULL, due = NULL, needs = ?, claims = claims - 1, code"
                + " = ?, reason = ?, changed = "
                + now
                + " WHERE "
                + HELD
                + " AND (? OR EXISTS (SELECT 1 FROM"
                + " coweave_node WHERE id <> ? AND generation >= ?))")) {
      s.setString(1, needs(run, lacks));
      s.setString(2, code);
      s.setString(3, reason);
      s.setString(4, run.id());
      s.setLong(5, run.fence());
      s.setString(6, node);
      s.setBoolean(7, !ifOthers);
      s.setString(8, node);
      s.setInt(9, generation);
      return s.executeUpdate() == 1;
    }
  }

  /** All that any node lacked: two that lack different things don't pass a run to and fro. */
  private static String needs(RunRow run, String lacks) {
    Set<String> all = new TreeSet<>(run.needs() == null ? List.of() : run.needs().lines().toList());
    all.add(lacks);
    return String.join("\n", all);
  }

  /**
   * Looks for runs that others left to nodes like this one: they are due now.
   *
   * @param has whether this node has a thing that runs need
   * @return how many there are
   */
  public int adopt(Connection c, Predicate<String> has) throws SQLException {
    List<String> found = new ArrayList<>();
    try (PreparedStatement s =
            c.prepareStatement(
                "SELECT DISTINCT needs FROM coweave_run WHERE needs > '' AND status = 'active'");
        ResultSet r = s.executeQuery()) {
      while (r.next()) {
        found.add(r.getString(1));
      }
    }
    found.removeIf(needs -> !needs.lines().allMatch(has));
    able = Set.copyOf(found);
    int adopted = 0;
    for (String needs : found) {
      try (PreparedStatement s =
          c.prepareStatement(
              "UPDATE coweave_run SET due = "
                  + now
                  + ", code = NULL, reason = NULL WHERE needs = ? AND "
                  + FREE
                  + UNTIMED)) {
        s.setString(1, needs);
        adopted += s.executeUpdate();
      }
    }
    return adopted;
  }

  /** Parks runs for whose method no node has come for so long; the newest generation does. */
  public int giveUp(Connection c, long millis) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET status = 'parked', needs = NULL WHERE needs > '' AND needs LIKE"
                + " '%method:%' AND "
                + FREE
                + UNTIMED
                + " AND changed < "
                + now
                + " - ? AND ? >= (SELECT MAX(generation) FROM coweave_node)")) {
      s.setLong(1, millis);
      s.setInt(2, generation);
      int parked = s.executeUpdate();
      if (parked > 0) {
        QueueTable.admitAll(c, now);
      }
      return parked;
    }
  }

  // ---- giving back

  /** Gives a run back as it was stored, to be taken again later; the claim doesn't count if nothing was the matter. */
  public void release(
      Connection c, RunRow run, String node, long delay, int attempts, boolean count)
      throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET owner = NULL, due = "
                + now
                + " + ?, needs = NULL, attempts = ?, claims = claims - ? WHERE "
                + HELD)) {
      s.setLong(1, delay);
      s.setInt(2, attempts);
      s.setInt(3, count ? 0 : 1);
      s.setString(4, run.id());
      s.setLong(5, run.fence());
      s.setString(6, node);
      s.executeUpdate();
    }
  }

  /** Which runs a node works on. */
  public interface Works {
    /** Whether the node works on a run by this claim. */
    boolean on(String run, long fence);
  }

  /**
   * Frees the runs that are a node's and that it doesn't work on. By the thread that claims for it, so that none is claimed meanwhile.
   *
   * @return how many there were
   */
  public int freeLost(Connection c, String node, Works works) throws SQLException {
    int lost = 0;
    try (PreparedStatement s =
            c.prepareStatement("SELECT id, fence FROM coweave_run WHERE owner = ?");
        PreparedStatement free =
            c.prepareStatement(
                "UPDATE coweave_run SET owner = NULL, due = " + now + " WHERE " + HELD)) {
      s.setString(1, node);
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          if (!works.on(r.getString(1), r.getLong(2))) {
            free.setString(1, r.getString(1));
            free.setLong(2, r.getLong(2));
            free.setString(3, node);
            lost += free.executeUpdate();
          }
        }
      }
    }
    return lost;
  }

  /** The run waits on: what it waited for has not come. */
  public void waitOn(Connection c, RunRow run, String node, @Nullable Long due)
      throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET owner = NULL, due = CASE WHEN cancel = 1 THEN "
                + now
                + " ELSE ? END, needs = NULL, claims = claims - 1 WHERE "
                + HELD)) {
      s.setObject(1, due, Types.BIGINT);
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
                + ", claims = 0, generation = (SELECT MAX(generation) FROM coweave_node) WHERE "
                + HELD
                + " AND EXISTS (SELECT 1 FROM coweave_node WHERE"
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
            "UPDATE coweave_run SET status = 'parked', owner = NULL, due = NULL, needs = NULL, code"
                + " = ?, reason = ?, changed = "
                + now
                + " WHERE "
                + HELD
                + " AND status = 'active'")) {
      s.setString(1, code);
      s.setString(2, reason);
      s.setString(3, run.id());
      s.setLong(4, run.fence());
      s.setString(5, node);
      boolean parked = s.executeUpdate() == 1;
      if (parked) {
        QueueTable.admitOf(c, run.id(), now);
      }
      return parked;
    }
  }
}
