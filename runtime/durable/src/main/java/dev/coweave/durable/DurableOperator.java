package dev.coweave.durable;

import dev.coweave.durable.format.Editing;
import dev.coweave.durable.format.FormatException;
import dev.coweave.durable.sql.Database;
import dev.coweave.durable.sql.Dialect;
import dev.coweave.durable.sql.Notices;
import dev.coweave.durable.sql.RunTable;
import dev.coweave.durable.sql.Status;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Looks at runs and acts on them, with nothing but their database: without the program's classes, beside the nodes at work. On PostgreSQL they
 * hear of it at once; on H2 an engine of the same process sees it when it looks for work next. Thread-safe.
 *
 * <pre>{@code
 * DurableOperator operator = DurableOperator.of(dataSource);
 * for (RunInfo run : operator.list(RunStatus.PARKED, 100)) {
 *   System.out.println(operator.show(run.id()));
 * }
 * operator.set("order-17", "retries", "0");
 * operator.resume("order-17");
 * }</pre>
 *
 * <p>Methods throw {@link DurableException} where the database can't be asked.
 */
public final class DurableOperator {
  private final Database db;
  private final RunTable runs;

  private DurableOperator(Database db) {
    this.db = db;
    this.runs = new RunTable(db);
  }

  /** An operator of the runs in a database that an engine has opened before. */
  public static DurableOperator of(DataSource source) {
    try (Connection c = source.getConnection()) {
      return new DurableOperator(new Database(source, c, Duration.ofSeconds(30), false));
    } catch (SQLException e) {
      throw new DurableException("the database can't be opened: " + e.getMessage(), e);
    }
  }

  static DurableOperator of(Database db) {
    return new DurableOperator(db);
  }

  private <T extends @Nullable Object> T ask(Database.Work<T> work) {
    try {
      return db.transact(work);
    } catch (SQLException e) {
      throw new DurableException("the database can't be asked: " + e.getMessage(), e);
    }
  }

  /** Changes a run, and tells the nodes once that is committed. */
  private boolean act(String id, Database.Work<Boolean> change) {
    return ask(
        c -> {
          boolean done = change.on(c);
          if (done && db.dialect() == Dialect.POSTGRESQL) {
            Notices.tell(c, List.of(Notices.WORK, id));
          }
          return done;
        });
  }

  /** How many runs there are of each status; those without any are left out. */
  public Map<RunStatus, Long> count() {
    Map<RunStatus, Long> counts = new TreeMap<>();
    ask(runs::count).forEach((status, n) -> counts.put(RunStatus.valueOf(status.name()), n));
    return counts;
  }

  static void checkMost(int most) {
    if (most < 0) {
      throw new IllegalArgumentException("no list has so many runs: " + most);
    }
  }

  /** Runs of a status, by id: the first so many. */
  public List<RunInfo> list(RunStatus status, int most) {
    checkMost(most);
    return ask(c -> runs.list(c, Status.valueOf(status.name()), most)).stream()
        .map(RunInfo::of)
        .toList();
  }

  /**
   * What is known of a run.
   *
   * @throws NoSuchRun if there is none of the id
   */
  public RunInfo info(String id) {
    return ask(c -> Optional.ofNullable(runs.find(c, id)))
        .map(RunInfo::of)
        .orElseThrow(() -> DurableEngine.noRun(id));
  }

  /**
   * A run for people to read: what it waits for, and its stack with the locals, innermost first.
   *
   * @throws NoSuchRun if there is none of the id
   */
  public String show(String id) {
    RunInfo run = info(id);
    StringBuilder text = new StringBuilder();
    text.append("run ").append(id).append(" of ").append(run.method()).append(": ");
    text.append(run.status().name().toLowerCase(java.util.Locale.ROOT));
    text.append(run.waitsFor() == null ? "" : ", waits for " + run.waitsFor());
    text.append(run.cancelled() ? ", is cancelled" : "").append('\n');
    if (run.reason() != null) {
      run.reason().lines().forEach(line -> text.append("  ").append(line).append('\n'));
    }
    return run.state() == null ? text.toString() : text + Editing.stack(run.state());
  }

  /** As {@link DurableEngine#cancel}. */
  public boolean cancel(String id) {
    return act(id, c -> runs.cancel(c, id));
  }

  /** As {@link DurableEngine#terminate}. */
  public boolean terminate(String id) {
    return act(id, c -> runs.terminate(c, id));
  }

  /** As {@link DurableEngine#resume}. */
  public boolean resume(String id) {
    return act(id, c -> runs.resume(c, id));
  }

  /**
   * Sets a local of a parked run: one that the code needs and that isn't stored, or is wrong. It is read as the code that loads it next has it.
   *
   * @param local its name; of the innermost method that has one of the name, else of the innermost: or {@code method.name}
   * @param json the value, as it would be stored: {@code 5}, {@code "text"}, {@code {"id": "17", "cents": 100}}
   * @return whether the run was there, and parked
   * @throws DurableException if it is no JSON, or there is no such method
   */
  public boolean set(String id, String local, String json) {
    return ask(
        c -> {
          RunTable.View run = runs.lock(c, id);
          if (run == null || run.status() != Status.PARKED || run.state() == null) {
            return false;
          }
          try {
            return runs.edit(c, id, Editing.set(run.state(), local, json));
          } catch (FormatException e) {
            throw DurableException.of(e);
          }
        });
  }
}
