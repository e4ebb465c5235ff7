package dev.coweave.durable.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The messages that runs have not taken yet. Each method is a part of a transaction. */
public final class Messages {
  private final RunTable runs;

  /** For the runs in a table. */
  public Messages(RunTable runs) {
    this.runs = runs;
  }

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
    runs.wake(c, "id = ? AND wait = ?", run, "message:" + name);
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
}
