package dev.coweave.durable;

import dev.coweave.coroutine.Frame;
import dev.coweave.durable.format.Codes;
import dev.coweave.durable.frame.DurableFrame;
import dev.coweave.durable.frame.DurableMethod;
import dev.coweave.durable.frame.Program;
import dev.coweave.durable.sql.CodeTable;
import dev.coweave.durable.sql.Database;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The versions of durable methods that runs were stored in, kept in the database so that newer code can tell what has changed. Thread-safe. */
final class KnownCodes implements Codes {
  private final Database db;
  private final Program program;
  private final Map<String, DurableMethod> known = new ConcurrentHashMap<>();

  KnownCodes(Database db, Program program) {
    this.db = db;
    this.program = program;
  }

  /** Sees to it that the code in which these frames stand is stored, before they are. */
  void save(List<Frame> frames) throws SQLException {
    for (Frame f : frames) {
      if (f instanceof DurableFrame frame) {
        save(program.methodOf(frame));
      }
    }
  }

  /** The same for a method. */
  void save(DurableMethod method) throws SQLException {
    save(method.code(), method.text());
  }

  /** The same for its text. */
  void save(String code, String text) throws SQLException {
    if (!known.containsKey(code)) {
      db.run(c -> CodeTable.save(c, db.dialect(), code, text));
      known.put(code, DurableMethod.parse(text));
    }
  }

  @Override
  public @Nullable DurableMethod find(String code) {
    DurableMethod present = known.get(code);
    if (present != null) {
      return present;
    }
    try {
      String text = db.find(c -> CodeTable.find(c, code));
      if (text == null) {
        return null;
      }
      DurableMethod method = DurableMethod.parse(text);
      known.put(code, method);
      return method;
    } catch (SQLException e) {
      throw new DurableException("the durable engine's database can't be asked", e);
    }
  }
}
