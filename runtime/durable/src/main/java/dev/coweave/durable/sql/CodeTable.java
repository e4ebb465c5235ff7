package dev.coweave.durable.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** The code in which runs were stored, as text by its fingerprint: a row for each version of each durable method that a run ever stood in. */
public final class CodeTable {
  private CodeTable() {}

  /** The text of a code, or null. */
  public static @Nullable String find(Connection c, String code) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement("SELECT description FROM coweave_code WHERE code = ?")) {
      s.setString(1, code);
      try (ResultSet r = s.executeQuery()) {
        return r.next() ? r.getString(1) : null;
      }
    }
  }

  /** Keeps the text of a code. Another node may do so at the same time: the first one's stays. */
  public static void save(Connection c, Dialect dialect, String code, String description)
      throws SQLException {
    if (find(c, code) != null) {
      return;
    }
    String insert = "INSERT INTO coweave_code (code, description) VALUES (?, ?)";
    try (PreparedStatement s =
        c.prepareStatement(
            dialect == Dialect.POSTGRESQL ? insert + " ON CONFLICT (code) DO NOTHING" : insert)) {
      s.setString(1, code);
      s.setString(2, description);
      s.executeUpdate();
    } catch (SQLException e) {
      if (!dialect.isDuplicate(e)) {
        throw e;
      }
    }
  }
}
