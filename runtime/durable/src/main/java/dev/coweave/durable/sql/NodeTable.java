package dev.coweave.durable.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/**
 * The nodes and their leases. A node that doesn't renew its lease in time is taken to be dead: others delete its row and free its runs. If it
 * lives all the same, its claims are void: each of its writes asks for them.
 */
public final class NodeTable {
  private final String now;

  /** The table in a database. */
  public NodeTable(Database db) {
    this.now = db.now();
  }

  /** A node begins. */
  public void register(Connection c, String node, long lease, int generation) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "INSERT INTO coweave_node (id, lease, generation, started) VALUES (?, "
                + now
                + " + ?, ?, "
                + now
                + ")")) {
      s.setString(1, node);
      s.setLong(2, lease);
      s.setInt(3, generation);
      s.executeUpdate();
    }
  }

  /** Renews a lease; false if the node was taken to be dead. */
  public boolean renew(Connection c, String node, long lease) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("UPDATE coweave_node SET lease = " + now + " + ? WHERE id = ?")) {
      s.setLong(1, lease);
      s.setString(2, node);
      return s.executeUpdate() == 1;
    }
  }

  /** How many nodes there are. */
  public int count(Connection c) throws SQLException {
    try (PreparedStatement s = c.prepareStatement("SELECT COUNT(*) FROM coweave_node");
        ResultSet r = s.executeQuery()) {
      r.next();
      return r.getInt(1);
    }
  }

  /**
   * Frees the runs of nodes whose leases have run out, and of any that is no node any more: one that was stopped for longer than its lease may have claimed
   * some after it was taken to be dead, and before it heard of that. Each statement may be committed for itself: so a process that is stopped in
   * the middle of this keeps no other from it.
   *
   * @return the nodes that are taken to be dead now
   */
  public List<String> bury(Connection c) throws SQLException {
    List<String> dead = new ArrayList<>();
    for (String node : expired(c)) {
      if (delete(c, node, " AND lease < " + now)) {
        dead.add(node);
      }
    }
    freeRunsOfNobody(c);
    return dead;
  }

  private List<String> expired(Connection c) throws SQLException {
    List<String> nodes = new ArrayList<>();
    try (PreparedStatement s =
            c.prepareStatement("SELECT id FROM coweave_node WHERE lease < " + now);
        ResultSet r = s.executeQuery()) {
      while (r.next()) {
        nodes.add(r.getString(1));
      }
    }
    return nodes;
  }

  /** A node ends: its runs are free. */
  public void remove(Connection c, String node) throws SQLException {
    boolean unused = delete(c, node, "");
    freeRunsOfNobody(c);
  }

  /** Whether there was one. */
  private static boolean delete(Connection c, String node, String condition) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("DELETE FROM coweave_node WHERE id = ?" + condition)) {
      s.setString(1, node);
      return s.executeUpdate() == 1;
    }
  }

  private void freeRunsOfNobody(Connection c) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "UPDATE coweave_run SET owner = NULL, due = "
                + now
                + " WHERE owner > '' AND owner NOT IN (SELECT id FROM coweave_node)")) {
      s.executeUpdate();
    }
  }

  /** Sets virtual time forward. */
  public static void advance(Connection c, long millis) throws SQLException {
    try (PreparedStatement s = c.prepareStatement("UPDATE coweave_clock SET millis = millis + ?")) {
      s.setLong(1, millis);
      s.executeUpdate();
    }
  }
}
