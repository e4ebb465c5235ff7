package dev.coweave.durable.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Runs that wait for the ends of several others: a row for each of these. Each method is a part of a transaction. */
public final class WaitTable {
  private static final int CHUNK = 500;

  private WaitTable() {}

  /**
   * A run begins to wait.
   *
   * @param runs those that it waits for, in the order in which it wants to hear of them
   * @return how many of them have not ended
   */
  public static int wait(Connection c, String waiter, List<String> runs) throws SQLException {
    forget(c, waiter);
    try (PreparedStatement s =
        c.prepareStatement(
            "INSERT INTO coweave_wait (waiter, place, run, ended) VALUES (?, ?, ?, FALSE)")) {
      for (int i = 0; i < runs.size(); i++) {
        s.setString(1, waiter);
        s.setInt(2, i);
        s.setString(3, runs.get(i));
        s.addBatch();
        if (i % CHUNK == CHUNK - 1) {
          s.executeBatch();
        }
      }
      s.executeBatch();
    }
    // One that ends at the same time does so before this lock, and is seen, or after it, and sees
    // the row.
    List<String> sorted = runs.stream().distinct().sorted().toList();
    for (int i = 0; i < sorted.size(); i += CHUNK) {
      lock(c, sorted.subList(i, Math.min(sorted.size(), i + CHUNK)));
    }
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_wait SET ended = TRUE WHERE waiter = ? AND NOT EXISTS (SELECT 1 FROM"
                + " coweave_run r WHERE r.id = coweave_wait.run AND r.status IN ('active',"
                + " 'parked'))")) {
      s.setString(1, waiter);
      return runs.size() - s.executeUpdate();
    }
  }

  private static void lock(Connection c, List<String> ids) throws SQLException {
    String marks = "?, ".repeat(ids.size() - 1) + "?";
    try (PreparedStatement s =
        c.prepareStatement(
            "SELECT id FROM coweave_run WHERE id IN (" + marks + ") ORDER BY id FOR UPDATE")) {
      for (int i = 0; i < ids.size(); i++) {
        s.setString(i + 1, ids.get(i));
      }
      s.executeQuery().close();
    }
  }

  /**
   * A run has ended.
   *
   * @return those that wait for nothing else any more; locked, so that of two that end at the same time the second sees the first
   */
  static List<String> ended(Connection c, String run) throws SQLException {
    Set<String> waiters = new TreeSet<>();
    List<Place> places = places(c, run);
    places.forEach(p -> waiters.add(p.waiter));
    for (String waiter : waiters) {
      lock(c, List.of(waiter));
    }
    // By the key: of an index on the waiter alone each of 10,000 ends would look at 10,000 rows.
    try (PreparedStatement s =
        c.prepareStatement("UPDATE coweave_wait SET ended = TRUE WHERE waiter = ? AND place = ?")) {
      for (Place p : places) {
        s.setString(1, p.waiter);
        s.setInt(2, p.place);
        s.executeUpdate();
      }
    }
    List<String> done = new ArrayList<>();
    for (String waiter : waiters) {
      if (waitsFor(c, waiter, true).isEmpty()) {
        done.add(waiter);
      }
    }
    return done;
  }

  private record Place(String waiter, int place) {}

  private static List<Place> places(Connection c, String run) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("SELECT waiter, place FROM coweave_wait WHERE run = ? AND NOT ended")) {
      s.setString(1, run);
      try (ResultSet r = s.executeQuery()) {
        List<Place> places = new ArrayList<>();
        while (r.next()) {
          places.add(new Place(r.getString(1), r.getInt(2)));
        }
        return places;
      }
    }
  }

  /** Those that a run waits for, in its order. */
  public static List<String> waitsFor(Connection c, String waiter) throws SQLException {
    return waitsFor(c, waiter, false);
  }

  /** @param first whether the first that has not ended is all that is asked for */
  private static List<String> waitsFor(Connection c, String waiter, boolean first)
      throws SQLException {
    String which = first ? " AND NOT ended FETCH FIRST 1 ROWS ONLY" : " ORDER BY place";
    try (PreparedStatement s =
        c.prepareStatement("SELECT run FROM coweave_wait WHERE waiter = ?" + which)) {
      s.setString(1, waiter);
      try (ResultSet r = s.executeQuery()) {
        List<String> runs = new ArrayList<>();
        while (r.next()) {
          runs.add(r.getString(1));
        }
        return runs;
      }
    }
  }

  /** A run waits no longer. */
  public static void forget(Connection c, String waiter) throws SQLException {
    try (PreparedStatement s = c.prepareStatement("DELETE FROM coweave_wait WHERE waiter = ?")) {
      s.setString(1, waiter);
      s.executeUpdate();
    }
  }
}
