package dev.coweave.durable.sql;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What nodes on one PostgreSQL tell each other ({@code NOTIFY}): that there may be work, and which runs have ended. It makes them faster, no more:
 * whoever misses a notice looks for himself at the next poll. H2 has one node, and another driver than PostgreSQL's none of this.
 */
public final class Notices {
  /** There may be work. */
  public static final String WORK = "";

  private static final String CHANNEL = "coweave_durable";
  private static final int WAIT_MILLIS = 500;

  /** The driver's interface. By reflection: who uses H2 has no such driver. */
  private final Class<?> driver;

  private final Method get;
  private final Method parameter;

  private Notices(Class<?> driver, Method get, Method parameter) {
    this.driver = driver;
    this.get = get;
    this.parameter = parameter;
  }

  /**
   * The notices of a database.
   *
   * @return null if there are none
   */
  public static @Nullable Notices of(Dialect dialect, ClassLoader loader) {
    if (dialect != Dialect.POSTGRESQL) {
      return null;
    }
    try {
      Class<?> driver = Class.forName("org.postgresql.PGConnection", false, loader);
      Class<?> notice = Class.forName("org.postgresql.PGNotification", false, loader);
      return new Notices(
          driver,
          driver.getMethod("getNotifications", int.class),
          notice.getMethod("getParameter"));
    } catch (ReflectiveOperationException | LinkageError e) {
      return null;
    }
  }

  /** Tells all nodes, each of the texts for itself. */
  public static void tell(Connection c, List<String> texts) throws SQLException {
    try (PreparedStatement s =
        c.prepareStatement(
            "SELECT pg_notify('" + CHANNEL + "', t) FROM unnest(?::text[]) AS u (t)")) {
      s.setArray(1, c.createArrayOf("text", texts.toArray()));
      s.executeQuery().close();
    }
  }

  /** Begins to listen on a connection, which is for nothing else until {@link #stop}. */
  public void begin(Connection c) throws SQLException {
    execute(c, "LISTEN " + CHANNEL);
  }

  /** Hands over what comes within half a second. */
  public void listen(Connection c, Consumer<String> listener) throws SQLException {
    try {
      Object[] notices = (Object[]) get.invoke(c.unwrap(driver), WAIT_MILLIS);
      if (notices != null) {
        for (Object notice : notices) {
          listener.accept(String.valueOf(parameter.invoke(notice)));
        }
      }
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof SQLException s) {
        throw s;
      }
      throw new SQLException("notices can't be read", e.getCause());
    } catch (IllegalAccessException e) {
      throw new SQLException("notices can't be read", e);
    }
  }

  /** The connection is as others again. */
  public void stop(Connection c) throws SQLException {
    execute(c, "UNLISTEN " + CHANNEL);
  }

  private static void execute(Connection c, String sql) throws SQLException {
    c.setAutoCommit(true);
    try (Statement s = c.createStatement()) {
      s.execute(sql);
    }
  }
}
