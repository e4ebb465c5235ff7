package dev.coweave.durable.sql;

import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Starts runs. Each method is a part of a transaction. Thread-safe. */
public final class NewRuns {
  private static final int CHUNK = 500;

  private final Database db;
  private final String now;
  private final SecureRandom random = new SecureRandom();

  /** The runs of a database. */
  public NewRuns(Database db) {
    this.db = db;
    this.now = db.now();
  }

  /**
   * Starts a run unless the id is taken.
   *
   * @return the digest of the run that has the id
   */
  public String start(Connection c, NewRun run) throws SQLException {
    if (run.queue() != null) {
      return startInQueue(c, run, run.queue());
    }
    if (isInserted(c, run, null)) {
      return run.origin();
    }
    return origins(c, List.of(run)).getOrDefault(run.id(), run.origin());
  }

  private String startInQueue(Connection c, NewRun run, String queue) throws SQLException {
    String present = origins(c, List.of(run)).get(run.id());
    if (present != null) {
      return present;
    }
    Long place = QueueTable.place(c, queue);
    if (place == null) {
      throw new IllegalArgumentException(
          "there is no queue " + queue + ": engine.queue(name, most) makes it");
    }
    if (isInserted(c, run, place)) {
      QueueTable.admit(c, queue, now);
      return run.origin();
    }
    return origins(c, List.of(run)).getOrDefault(run.id(), run.origin());
  }

  /**
   * Starts several runs, none of them in a queue, unless their ids are taken.
   *
   * @return the digests of the runs that have the ids
   */
  public Map<String, String> startAll(Connection c, List<NewRun> runs) throws SQLException {
    Map<String, String> origins = new HashMap<>();
    if (db.dialect()
        == Dialect.H2) { // in this process, and without a way to skip those that are there
      for (NewRun run : runs) {
        origins.put(run.id(), start(c, run));
      }
      return origins;
    }
    for (int i = 0; i < runs.size(); i += CHUNK) {
      List<NewRun> chunk = runs.subList(i, Math.min(runs.size(), i + CHUNK));
      try (PreparedStatement s = c.prepareStatement(insert(false))) {
        for (NewRun run : chunk) {
          set(s, run, null);
          s.addBatch();
        }
        s.executeBatch();
      }
      origins.putAll(origins(c, chunk));
    }
    return origins;
  }

  private boolean isInserted(Connection c, NewRun run, @Nullable Long place) throws SQLException {
    try (PreparedStatement s = c.prepareStatement(insert(place != null))) {
      set(s, run, place);
      return s.executeUpdate() == 1;
    } catch (SQLException e) {
      if (!db.dialect().isDuplicate(e)) {
        throw e;
      }
      return false;
    }
  }

  private String insert(boolean queued) {
    return "INSERT INTO coweave_run (id, incarnation, status, class, method, origin, generation,"
        + " checkpoint, state, due, fence, claims, attempts, cancel, parent, queue, place,"
        + " created, changed) VALUES (?, ?, 'active', ?, ?, ?, ?, 0, ?, "
        + (queued ? "NULL" : now)
        + ", 0, 0, 0, 0, ?, ?, ?, "
        + now
        + ", "
        + now
        + ")"
        + (db.dialect() == Dialect.POSTGRESQL ? " ON CONFLICT (id) DO NOTHING" : "");
  }

  private void set(PreparedStatement s, NewRun run, @Nullable Long place) throws SQLException {
    s.setString(1, run.id());
    s.setLong(2, random.nextLong() >>> 1);
    s.setString(3, run.owner());
    s.setString(4, run.method());
    s.setString(5, run.origin());
    s.setInt(6, run.generation());
    s.setString(7, run.state());
    s.setString(8, run.parent());
    s.setString(9, run.queue());
    s.setObject(10, place, Types.BIGINT);
  }

  private static Map<String, String> origins(Connection c, List<NewRun> runs) throws SQLException {
    Map<String, String> origins = new HashMap<>();
    String marks = "?, ".repeat(runs.size() - 1) + "?";
    try (PreparedStatement s =
        c.prepareStatement("SELECT id, origin FROM coweave_run WHERE id IN (" + marks + ")")) {
      for (int i = 0; i < runs.size(); i++) {
        s.setString(i + 1, runs.get(i).id());
      }
      try (ResultSet r = s.executeQuery()) {
        while (r.next()) {
          origins.put(r.getString(1), r.getString(2));
        }
      }
    }
    return origins;
  }
}
