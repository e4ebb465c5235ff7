package dev.coweave.durable.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class SchemaTest {
  /** H2 commits each statement that makes a table: a process that is killed leaves some of them. */
  @Test
  void tablesThatWereMadeInPart_areMadeInFull() throws SQLException {
    List<String> all = Schema.versions(Dialect.H2).stream().flatMap(List::stream).toList();
    for (int made = 0; made <= all.size(); made++) {
      try (Connection c = DriverManager.getConnection("jdbc:h2:mem:" + UUID.randomUUID());
          Statement s = c.createStatement()) {
        for (String statement : all.subList(0, made)) {
          s.execute(statement.replace("TEXT_TYPE", Dialect.H2.text()));
        }
        Schema.migrate(c, Dialect.H2);
        Schema.migrate(c, Dialect.H2);
        try (ResultSet r = s.executeQuery("SELECT COUNT(*), MAX(millis) FROM coweave_clock")) {
          r.next();
          assertEquals(1, r.getInt(1));
        }
        s.executeQuery("SELECT needs, place FROM coweave_run").close();
      }
    }
  }

  @Test
  void textsOfTheFirstVersion_areInRowsAfterwards() throws SQLException {
    try (Connection c = DriverManager.getConnection("jdbc:h2:mem:" + UUID.randomUUID());
        Statement s = c.createStatement()) {
      for (String statement : Schema.versions(Dialect.H2).get(0)) {
        s.execute(statement.replace("TEXT_TYPE", "CHARACTER LARGE OBJECT"));
      }
      s.execute("CREATE TABLE coweave_schema (version INT NOT NULL)");
      s.execute("INSERT INTO coweave_schema VALUES (1)");
      s.execute("INSERT INTO coweave_code VALUES ('c', 'kept')");
      Schema.migrate(c, Dialect.H2);
      try (ResultSet r =
          s.executeQuery(
              "SELECT data_type, (SELECT description FROM coweave_code) FROM"
                  + " INFORMATION_SCHEMA.COLUMNS WHERE table_name = 'COWEAVE_RUN' AND column_name ="
                  + " 'STATE'")) {
        r.next();
        assertEquals("CHARACTER VARYING", r.getString(1));
        assertEquals("kept", r.getString(2));
      }
    }
  }
}
