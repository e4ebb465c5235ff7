package dev.coweave.durable;

import dev.coweave.durable.sql.Dialect;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
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
    Object result = invoke(connection, method, arguments);
    if (result instanceof CallableStatement s) {
      return statement(CallableStatement.class, s);
    } else if (result instanceof PreparedStatement s) {
      return statement(PreparedStatement.class, s);
    }
    return result instanceof Statement s ? statement(Statement.class, s) : result;
  }

  private <T extends Statement> T statement(Class<T> type, T statement) {
    return proxy(
        type,
        (proxy, method, arguments) ->
            method.getName().equals("getConnection")
                ? guarded
                : invoke(statement, method, arguments));
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
