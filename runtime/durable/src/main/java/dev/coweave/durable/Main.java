package dev.coweave.durable;

import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.sql.DataSource;

/**
 * The operator's command line; {@code java -cp coweave-durable.jar:DRIVER.jar dev.coweave.durable.Main} alone prints how it is used. The
 * database is {@code --url}, or the environment's {@code COWEAVE_DURABLE_URL}; user and password stand in it, as the driver takes them, or in
 * {@code COWEAVE_DURABLE_USER} and {@code COWEAVE_DURABLE_PASSWORD}.
 */
public final class Main {
  private static final String USAGE =
      """
      coweave-durable [--url JDBC-URL] COMMAND
        count                     how many runs there are of each status
        list [STATUS] [MOST]      runs of a status (parked), the first 100
        show ID                   a run's stack, innermost first, with its locals
        cancel ID                 asks it to end: its finally blocks run
        terminate ID              ends it, and runs none of its code
        resume ID                 lets a parked run go on
        set ID LOCAL JSON         sets a local of a parked run; LOCAL may be METHOD.NAME
      """;

  private Main() {}

  /** Runs a command; exits with 1 if there was nothing to do, with 2 if it isn't understood. */
  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments), System.out));
  }

  static int run(List<String> arguments, PrintStream out) {
    List<String> words = arguments;
    String url = System.getenv("COWEAVE_DURABLE_URL");
    if (words.size() > 1 && words.get(0).equals("--url")) {
      url = words.get(1);
      words = words.subList(2, words.size());
    }
    if (words.isEmpty() || url == null) {
      out.print(USAGE);
      return 2;
    }
    try {
      return run(DurableOperator.of(source(url)), words, out);
    } catch (Misused e) {
      out.println(e.getMessage());
      out.print(USAGE);
      return 2;
    } catch (DurableException | NoSuchRun | IllegalArgumentException e) {
      out.println(e.getMessage());
      return 1;
    }
  }

  private static int run(DurableOperator operator, List<String> words, PrintStream out) {
    String command = words.get(0);
    String id = words.size() > 1 ? words.get(1) : "";
    switch (command + " " + (words.size() - 1)) {
      case "count 0" ->
          operator
              .count()
              .forEach((s, n) -> out.println(s.name().toLowerCase(Locale.ROOT) + " " + n));
      case "list 0", "list 1", "list 2" -> list(operator, words, out);
      case "show 1" -> out.print(operator.show(id));
      case "cancel 1" -> {
        operator.info(id); // which says so if there is none
        return told(operator.cancel(id), out, "is asked to end", "has ended, or was asked before");
      }
      case "terminate 1" -> {
        operator.info(id);
        return told(operator.terminate(id), out, "is terminated", "has ended");
      }
      case "resume 1" -> {
        operator.info(id);
        return told(operator.resume(id), out, "goes on", "isn't parked");
      }
      case "set 3" -> {
        operator.info(id);
        boolean done = operator.set(id, words.get(2), words.get(3));
        return told(done, out, "is changed; resume it", "isn't parked");
      }
      default -> {
        out.print(USAGE);
        return 2;
      }
    }
    return 0;
  }

  private static int told(boolean done, PrintStream out, String yes, String no) {
    out.println("the run " + (done ? yes : no));
    return done ? 0 : 1;
  }

  private static void list(DurableOperator operator, List<String> words, PrintStream out) {
    RunStatus status = words.size() > 1 ? status(words.get(1)) : RunStatus.PARKED;
    int most = words.size() > 2 ? number(words.get(2)) : 100;
    for (RunInfo r : operator.list(status, most)) {
      out.println(
          r.id()
              + "\t"
              + r.method()
              + "\t"
              + (r.code() != null ? r.code() : r.waitsFor() != null ? r.waitsFor() : ""));
    }
  }

  /** What was asked for isn't understood. */
  private static final class Misused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Misused(String message) {
      super(message);
    }
  }

  private static RunStatus status(String word) {
    for (RunStatus s : RunStatus.values()) {
      if (s.name().equalsIgnoreCase(word)) {
        return s;
      }
    }
    String all = Arrays.toString(RunStatus.values()).toLowerCase(Locale.ROOT);
    throw new Misused(word + " is no status; these are " + all);
  }

  private static int number(String word) {
    try {
      int n = Integer.parseInt(word);
      if (n > 0) {
        return n;
      }
    } catch (NumberFormatException e) {
      // as below
    }
    throw new Misused(word + " is no number of runs");
  }

  /** H2 makes a database that isn't there: of a name that was mistyped. */
  private static String existing(String url) {
    boolean makes =
        url.startsWith("jdbc:h2:") && !url.toUpperCase(Locale.ROOT).contains(";IFEXISTS=");
    return makes ? url + ";IFEXISTS=TRUE" : url;
  }

  /** Connections of the driver manager. */
  private static DataSource source(String given) {
    String url = existing(given);
    String user = System.getenv("COWEAVE_DURABLE_USER");
    String password = System.getenv("COWEAVE_DURABLE_PASSWORD");
    return new DriverSource() {
      @Override
      public Connection getConnection() throws SQLException {
        return user == null
            ? DriverManager.getConnection(url)
            : DriverManager.getConnection(url, user, password);
      }
    };
  }

  /** A data source that is asked for connections alone. */
  private abstract static class DriverSource implements DataSource {
    @Override
    public Connection getConnection(String user, String password) throws SQLException {
      return getConnection();
    }

    @Override
    public java.io.PrintWriter getLogWriter() {
      return new java.io.PrintWriter(java.io.Writer.nullWriter());
    }

    @Override
    public void setLogWriter(java.io.PrintWriter out) {}

    @Override
    public void setLoginTimeout(int seconds) {}

    @Override
    public int getLoginTimeout() {
      return 0;
    }

    @Override
    public java.util.logging.Logger getParentLogger() throws SQLFeatureNotSupportedException {
      throw new SQLFeatureNotSupportedException();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
      throw new SQLException("not a wrapper");
    }

    @Override
    public boolean isWrapperFor(Class<?> type) {
      return false;
    }
  }
}
