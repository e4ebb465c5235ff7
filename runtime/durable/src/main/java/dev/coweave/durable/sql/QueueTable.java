package dev.coweave.durable.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Queues: of the runs in one only so many are at work or at rest at once, the others stand in line, first come, first served. A run in line has a
 * {@code place}, and isn't due. Each method is a part of a transaction.
 */
final class QueueTable {
  private QueueTable() {}

  /** Makes a queue, or gives it another limit. */
  static void define(Connection c, String name, int most) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("UPDATE coweave_queue SET most = ? WHERE name = ?")) {
      s.setInt(1, most);
      s.setString(2, name);
      if (s.executeUpdate() == 1) {
        return;
      }
    }
    try (PreparedStatement s =
        c.prepareStatement("INSERT INTO coweave_queue (name, most, next) VALUES (?, ?, 0)")) {
      s.setString(1, name);
      s.setInt(2, most);
      s.executeUpdate();
    }
  }

  /**
   * Takes a place at the end of the line; the queue is locked then.
   *
   * @return the place; null if there is no such queue
   */
  static @Nullable Long place(Connection c, String name) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("UPDATE coweave_queue SET next = next + 1 WHERE name = ?")) {
      s.setString(1, name);
      if (s.executeUpdate() == 0) {
        return null;
      }
    }
    return number(c, "SELECT next FROM coweave_queue WHERE name = ?", name);
  }

  /** A run has ended: its queue is not to look at it any more. */
  static void leave(Connection c, String run) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("UPDATE coweave_run SET queue = NULL WHERE id = ?")) {
      s.setString(1, run);
      s.executeUpdate();
    }
  }

  /** A run has left its queue, or comes back to it: others may go on, or it. */
  static void admitOf(Connection c, String run, String now) throws SQLException {
    String queue;
    try (PreparedStatement s = c.prepareStatement("SELECT queue FROM coweave_run WHERE id = ?")) {
      s.setString(1, run);
      try (ResultSet r = s.executeQuery()) {
        queue = r.next() ? r.getString(1) : null;
      }
    }
    if (queue != null) {
      admit(c, queue, now);
    }
  }

  /** The same for all queues. */
  static void admitAll(Connection c, String now) throws SQLException {
    List<String> queues = new ArrayList<>();
    try (PreparedStatement s = c.prepareStatement("SELECT name FROM coweave_queue ORDER BY name");
        ResultSet r = s.executeQuery()) {
      while (r.next()) {
        queues.add(r.getString(1));
      }
    }
    for (String queue : queues) {
      admit(c, queue, now);
    }
  }

  /** Lets those in front go on, as far as there is room. */
  static void admit(Connection c, String name, String now) throws SQLException {
    Long most = number(c, "SELECT most FROM coweave_queue WHERE name = ? FOR UPDATE", name);
    Long working =
        number(
            c,
            "SELECT COUNT(*) FROM coweave_run WHERE queue = ? AND place IS NULL AND status ="
                + " 'active'",
            name);
    if (most == null || working == null || most <= working) {
      return;
    }
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET place = NULL, due = "
                + now
                + " WHERE id IN (SELECT id FROM coweave_run WHERE queue = ? AND place IS NOT NULL"
                + " AND status = 'active' ORDER BY queue, place FETCH FIRST "
                + (most - working)
                + " ROWS ONLY)")) {
      s.setString(1, name);
      s.executeUpdate();
    }
  }

  private static @Nullable Long number(Connection c, String query, String name)
      throws SQLException {
    try (PreparedStatement s = c.prepareStatement(query)) {
      s.setString(1, name);
      try (ResultSet r = s.executeQuery()) {
        return r.next() ? r.getLong(1) : null;
      }
    }
  }
}
