package dev.coweave.durable;

import dev.coweave.durable.sql.Dialect;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A connection in the checkpoint's transaction, with its statements: what would end that transaction is refused, and so is what lies behind. */
final class GuardedConnection {
  private static final Set<String> REFUSED =
      Set.of(
          "commit",
          "rollback",
          "close",
          "abort",
          "setAutoCommit",
          "setTransactionIsolation",
          "setReadOnly",
          "unwrap");

  /** Methods of connections and statements whose first argument is SQL. */
  private static final Set<String> SQL =
      Set.of(
          "prepareStatement",
          "prepareCall",
          "execute",
          "executeQuery",
          "executeUpdate",
          "executeLargeUpdate",
          "addBatch");

  private final Connection connection;
  private final Dialect dialect;
  private final Connection guarded;

  private GuardedConnection(Connection connection, Dialect dialect) {
    this.connection = connection;
    this.dialect = dialect;
    this.guarded = proxy(Connection.class, this::call);
  }

  static Connection of(Connection c, Dialect dialect) {
    return new GuardedConnection(c, dialect).guarded;
  }

  private static <T> T proxy(Class<T> type, InvocationHandler handler) {
    return type.cast(
        Proxy.newProxyInstance(
            GuardedConnection.class.getClassLoader(), new Class<?>[] {type}, handler));
  }

  private @Nullable Object call(Object proxy, Method method, Object @Nullable [] arguments)
      throws Throwable {
    String name = method.getName();
    boolean savepoint = name.equals("rollback") && arguments != null && arguments.length == 1;
    if (REFUSED.contains(name) && !savepoint) {
      throw new SQLException(
          name + " in a durable transaction: it is the checkpoint's, and the engine commits it");
    }
    return guarded(invoke(connection, method, arguments), null);
  }

  /**
   * What was asked for, from which the connection can't be had either.
   *
   * @param statement what it was asked of if that is a statement
   */
  private @Nullable Object guarded(@Nullable Object result, @Nullable Object statement) {
    if (result instanceof CallableStatement s) {
      return behind(CallableStatement.class, s, statement);
    } else if (result instanceof PreparedStatement s) {
      return behind(PreparedStatement.class, s, statement);
    } else if (result instanceof Statement s) {
      return behind(Statement.class, s, statement);
    } else if (result instanceof ResultSet r) {
      return behind(ResultSet.class, r, statement);
    }
    return result instanceof DatabaseMetaData d
        ? behind(DatabaseMetaData.class, d, statement)
        : result;
  }

  private <T> T behind(Class<T> type, T target, @Nullable Object statement) {
    return proxy(
        type,
        (proxy, method, arguments) -> {
          switch (method.getName()) {
            case "getConnection":
              return guarded;
            case "getStatement":
              if (statement != null) {
                return statement;
              }
              break;
            case "unwrap":
              throw new SQLException(
                  "unwrap in a durable transaction: what is behind it would commit");
            default:
              break;
          }
          Object result = invoke(target, method, arguments);
          return result instanceof ResultSet || result instanceof Statement
              ? guarded(result, target instanceof Statement ? proxy : statement)
              : result;
        });
  }

  private @Nullable Object invoke(Object target, Method method, Object @Nullable [] arguments)
      throws Throwable {
    if (SQL.contains(method.getName())
        && arguments != null
        && arguments.length > 0
        && arguments[0] instanceof String sql) {
      SqlGuard.check(sql, dialect);
    }
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
