package dev.coweave.durable;

import dev.coweave.durable.sql.Dialect;
import java.sql.SQLException;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Refuses statements that would end the checkpoint's transaction: on H2 these are also those that change tables, for it commits before them. */
final class SqlGuard {
  /** What H2 does without a commit. */
  private static final Set<String> H2 =
      Set.of(
          "SELECT",
          "INSERT",
          "UPDATE",
          "DELETE",
          "MERGE",
          "VALUES",
          "WITH",
          "CALL",
          "EXPLAIN",
          "SHOW",
          "TABLE",
          "SAVEPOINT",
          "REPLACE");

  private static final Set<String> ENDS =
      Set.of("COMMIT", "ROLLBACK", "BEGIN", "START", "END", "ABORT", "PREPARE");

  /** Comments and quoted text, in which a semicolon says nothing. */
  private static final Pattern NOISE =
      Pattern.compile(
          "--[^\n]*|/\\*.*?\\*/|'(?:[^']|'')*'|\"[^\"]*\"|\\$(\\w*)\\$.*?\\$\\1\\$",
          Pattern.DOTALL);

  private static final Pattern WORD =
      Pattern.compile("[\\s({]*(\\w+)(?:\\s+(\\w+))?.*", Pattern.DOTALL);

  private SqlGuard() {}

  /**
   * Looks at a statement, or several.
   *
   * @throws SQLException if it is refused
   */
  static void check(String sql, Dialect dialect) throws SQLException {
    for (String statement : NOISE.matcher(sql).replaceAll(" ").split(";")) {
      var words = WORD.matcher(statement);
      if (!words.matches()) {
        continue;
      }
      String first = words.group(1).toUpperCase(Locale.ROOT);
      boolean toSavepoint = first.equals("ROLLBACK") && "TO".equalsIgnoreCase(words.group(2));
      if (dialect == Dialect.H2
          ? !H2.contains(first) && !toSavepoint
          : ENDS.contains(first) && !toSavepoint) {
        throw new SQLException(
            "COWEAVE-469: "
                + first
                + " in a durable transaction\n  because: it would end the transaction, which is the"
                + " checkpoint's"
                + (dialect == Dialect.H2 ? "; H2 commits before it changes tables" : "")
                + "\n  fix:     leave commits to the engine, and change tables before runs begin");
      }
    }
  }
}
