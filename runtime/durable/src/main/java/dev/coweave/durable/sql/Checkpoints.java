package dev.coweave.durable.sql;

import dev.coweave.durable.sql.GroupCommit.Entry;
import dev.coweave.durable.sql.RunRow.Cancel;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Stores where runs stand, and how they end: what the nodes that have them write. Each statement asks whether the claim is still good.
 *
 * <p>A checkpoint that is a transaction of its own is written together with those of other runs (group commit): on PostgreSQL they are one
 * statement, on H2 one transaction. One that comes alone is one statement of one row.
 */
public final class Checkpoints {
  /** How many groups are written at the same time: one is prepared, or waits for its commit, while another is worked on. */
  private static final int AT_ONCE = 3;

  private final Database db;
  private final RunTable runs;
  private final int generation;
  private final String one;
  private final String many;
  private final @Nullable GroupCommit<Checkpoint, Cancel> groups;

  /**
   * Of the runs in a table.
   *
   * @param generation the program's
   */
  public Checkpoints(Database db, RunTable runs, int generation) {
    this.db = db;
    this.runs = runs;
    this.generation = generation;
    String now = db.now();
    this.one = db.dialect().returning(one(now), "cancel");
    this.many = many(now);
    this.groups =
        db.dialect() == Dialect.POSTGRESQL
            ? new GroupCommit<>(Database.GROUP, AT_ONCE, this::storeAtOnce)
            : null;
  }

  /**
   * Stores a run, and commits: at once, or together with others a little later. What comes of it is whether the run is cancelled; it fails with
   * {@link LeaseLost} if it is no longer this claim's. It is completed by a thread that must not be held up.
   */
  public CompletableFuture<Cancel> store(Checkpoint p) {
    return groups == null ? db.joinLater(c -> store(c, p)) : groups.submit(p);
  }

  /** What came of a checkpoint. */
  public static Cancel outcome(CompletableFuture<Cancel> stored) throws SQLException {
    return GroupCommit.outcome(stored);
  }

  // ---- one by one

  // A run that was cancelled while it ran is woken when it rests; one that goes on sees it here.
  static String one(String now) {
    return "UPDATE coweave_run SET state = ?, checkpoint = checkpoint + 1, claims = 0, attempts ="
        + " 0, needs = NULL, wait = ?, deadline = "
        + now
        + " + ?, due = CASE WHEN cancel = 1 AND ? = 1 THEN "
        + now
        + " ELSE "
        + now
        + " + ? END, owner = ?, cancel = CASE WHEN ? = 1 THEN 2 ELSE cancel END, generation = ?,"
        + " changed = "
        + now
        + " WHERE "
        + Claims.HELD
        + " AND status = 'active'";
  }

  /** The same as a part of a transaction. */
  public Cancel store(Connection c, Checkpoint p) throws SQLException {
    Parking parking = p.parking();
    try (PreparedStatement s = c.prepareStatement(one)) {
      s.setString(1, p.state());
      s.setString(2, parking.waitsFor());
      s.setObject(3, parking.timeout(), Types.BIGINT);
      s.setInt(4, p.delivered() || parking.keep() ? 0 : 1);
      s.setObject(5, parking.delay(), Types.BIGINT);
      s.setString(6, parking.keep() ? p.node() : null);
      s.setInt(7, p.delivered() ? 1 : 0);
      s.setInt(8, generation);
      s.setString(9, p.run().id());
      s.setLong(10, p.run().fence());
      s.setString(11, p.node());
      try (ResultSet r = s.executeQuery()) {
        if (!r.next()) {
          throw new LeaseLost(p.run().id());
        }
        return Cancel.values()[r.getInt(1)];
      }
    }
  }

  // ---- all at once

  // Rows are found by their key alone: what else must hold stands in a CASE, where the planner sees
  // no way to find them by. With statistics of a time when few runs were active it takes all that
  // are, or all of this node, and compares each of them with each of the group.
  static String many(String now) {
    return "UPDATE coweave_run r SET state = v.state, checkpoint = r.checkpoint + 1, claims = 0,"
        + " attempts = 0, needs = NULL, wait = v.wait, deadline = "
        + now
        + " + v.timeout, due = CASE WHEN r.cancel = 1 AND NOT v.delivered AND NOT v.keep THEN "
        + now
        + " ELSE "
        + now
        + " + v.delay END, owner = CASE WHEN v.keep THEN r.owner END, cancel = CASE WHEN"
        + " v.delivered THEN 2 ELSE r.cancel END, generation = ?, changed = "
        + now
        + " FROM unnest(?::text[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::bigint[],"
        + " ?::bigint[], ?::boolean[], ?::boolean[]) AS v (id, fence, node, state, wait, timeout,"
        + " delay, keep, delivered) WHERE r.id = v.id AND CASE WHEN r.fence = v.fence AND r.owner ="
        + " v.node AND r.status = 'active' THEN TRUE ELSE FALSE END RETURNING r.id, r.cancel";
  }

  private void storeAtOnce(List<Entry<Checkpoint, Cancel>> group) throws SQLException {
    if (group.size() == 1) {
      Entry<Checkpoint, Cancel> only = group.get(0);
      only.done(db.single(c -> store(c, only.item)));
      return;
    }
    Map<String, Cancel> stored = db.single(c -> storeAtOnce(c, group));
    for (Entry<Checkpoint, Cancel> entry : group) {
      Cancel cancel = stored.get(entry.item.run().id());
      if (cancel == null) {
        entry.failed(new LeaseLost(entry.item.run().id()));
      } else {
        entry.done(cancel);
      }
    }
  }

  private Map<String, Cancel> storeAtOnce(Connection c, List<Entry<Checkpoint, Cancel>> group)
      throws SQLException {
    try (PreparedStatement s = c.prepareStatement(many)) {
      s.setInt(1, generation);
      s.setArray(2, array(c, "text", group, p -> p.run().id()));
      s.setArray(3, array(c, "bigint", group, p -> p.run().fence()));
      s.setArray(4, array(c, "text", group, Checkpoint::node));
      s.setArray(5, array(c, "text", group, Checkpoint::state));
      s.setArray(6, array(c, "text", group, p -> p.parking().waitsFor()));
      s.setArray(7, array(c, "bigint", group, p -> p.parking().timeout()));
      s.setArray(8, array(c, "bigint", group, p -> p.parking().delay()));
      s.setArray(9, array(c, "boolean", group, p -> p.parking().keep()));
      s.setArray(10, array(c, "boolean", group, Checkpoint::delivered));
      try (ResultSet r = s.executeQuery()) {
        Map<String, Cancel> stored = new HashMap<>();
        while (r.next()) {
          stored.put(r.getString(1), Cancel.values()[r.getInt(2)]);
        }
        return stored;
      }
    }
  }

  private static Array array(
      Connection c,
      String type,
      List<Entry<Checkpoint, Cancel>> group,
      Function<Checkpoint, ?> column)
      throws SQLException {
    return c.createArrayOf(type, group.stream().map(e -> column.apply(e.item)).toArray());
  }

  // ---- the end

  /**
   * Ends a run, and wakes those that wait for it.
   *
   * @return whether there are some
   * @throws LeaseLost if it is no longer this claim's
   */
  public boolean end(RunRow run, String node, Status status, String result) throws SQLException {
    return db.join(c -> end(c, run, node, status, result));
  }

  private boolean end(Connection c, RunRow run, String node, Status status, String result)
      throws SQLException {
    String now = db.now();
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET status = ?, ended = "
                + now
                + ", result = ?, state = NULL, owner = NULL, due = NULL, needs = NULL,"
                + " wait = NULL, deadline = NULL, checkpoint = checkpoint + 1, claims = 0, changed"
                + " = "
                + now
                + " WHERE "
                + Claims.HELD
                + " AND status = 'active'")) {
      s.setString(1, status.column());
      s.setString(2, result);
      s.setString(3, run.id());
      s.setLong(4, run.fence());
      s.setString(5, node);
      if (s.executeUpdate() != 1) {
        throw new LeaseLost(run.id());
      }
    }
    return runs.ended(c, run.id());
  }
}
