package dev.coweave.durable;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Set;

/** A connection in the checkpoint's transaction: what would end that is refused. */
final class GuardedConnection {
  private static final Set<String> REFUSED =
      Set.of("commit", "rollback", "close", "abort", "setAutoCommit", "setTransactionIsolation");

  private GuardedConnection() {}

  static Connection of(Connection c) {
    return (Connection)
        Proxy.newProxyInstance(
            Connection.class.getClassLoader(),
            new Class<?>[] {Connection.class},
            (proxy, method, arguments) -> {
              boolean savepoint =
                  method.getName().equals("rollback") && arguments != null && arguments.length == 1;
              if (REFUSED.contains(method.getName()) && !savepoint) {
                throw new SQLException(
                    method.getName()
                        + " in a durable transaction: it is the checkpoint's, and the engine"
                        + " commits it");
              }
              try {
                return method.invoke(c, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
