package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A connection that breaks after the database has committed, and before it says so: what was written is written, and nobody knows. */
@Timeout(300)
class LostAnswersTest {
  private static final DurableOptions OPTIONS =
      DurableOptions.defaults().workers(2).poll(Duration.ofMillis(20));

  /** Loses the answer to the nth commit from where it is set. */
  private static final class Breaking {
    final AtomicInteger left = new AtomicInteger(Integer.MAX_VALUE);

    private void committed() throws SQLException {
      if (left.decrementAndGet() == 0) {
        throw new SQLException("the connection broke", "08006");
      }
    }

    DataSource over(DataSource source) {
      return proxy(
          DataSource.class,
          source,
          (method, result) ->
              result instanceof Connection c && method.getName().equals("getConnection")
                  ? connection(c)
                  : result);
    }

    private Connection connection(Connection c) {
      return proxy(
          Connection.class,
          c,
          (method, result) -> {
            if (method.getName().equals("commit")) {
              committed();
            }
            return result instanceof PreparedStatement s ? statement(c, s) : result;
          });
    }

    private PreparedStatement statement(Connection c, PreparedStatement s) {
      boolean writes = !s.toString().contains("SELECT 1") && !isQuery(s);
      return proxy(
          PreparedStatement.class,
          s,
          (method, result) -> {
            if (writes && method.getName().startsWith("execute") && c.getAutoCommit()) {
              committed();
            }
            return result;
          });
    }

    /** As drivers show it. */
    private static boolean isQuery(PreparedStatement s) {
      return s.toString().replaceFirst("^prep\\d+: ", "").stripLeading().startsWith("SELECT");
    }

    private interface After {
      Object then(Method method, Object result) throws Throwable;
    }

    private static <T> T proxy(Class<T> type, T of, After after) {
      InvocationHandler handler =
          (self, method, arguments) -> {
            try {
              return after.then(method, method.invoke(of, arguments));
            } catch (InvocationTargetException e) {
              throw e.getCause();
            }
          };
      return type.cast(
          Proxy.newProxyInstance(
              LostAnswersTest.class.getClassLoader(), new Class<?>[] {type}, handler));
    }
  }

  @Durable
  @Coroutine
  static int child(int n) {
    return Durable.step("count", () -> n * 10);
  }

  @Durable
  @Coroutine
  static List<Object> work(String id) {
    String a = Durable.step("charge", () -> "charged");
    Durable.sleep("rest", Duration.ofMillis(1));
    int b = Durable.start(id + ".child", () -> child(2)).await();
    return List.of(a, b, Durable.receive("go", String.class));
  }

  /** Tries again until the database answers, as a user would. */
  private static <T> T answered(Supplier<T> request) {
    while (true) {
      try {
        return request.get();
      } catch (DurableException e) {
        assertTrue(e.getCause() instanceof SQLException, () -> "not for the connection: " + e);
      }
    }
  }

  private static int everyAnswerLostOnce(DataSource source) throws Exception {
    Breaking breaking = new Breaking();
    int n = 0;
    boolean broke = true;
    try (DurableEngine engine = DurableEngine.open(breaking.over(source), OPTIONS)) {
      while (broke) {
        String id = "run" + ++n;
        breaking.left.set(n);
        Run<List<Object>> run = answered(() -> engine.start(id, () -> work(id)));
        answered(
            () -> {
              engine.send(id, "go", "now");
              return true;
            });
        List<Object> result = answered(() -> run.join());
        assertEquals(List.of("charged", 20, "now"), result, "answer " + n + " was lost");
        broke = breaking.left.getAndSet(Integer.MAX_VALUE) <= 0;
      }
    }
    return n;
  }

  @Test
  void runComesToItsEnd_whicheverAnswerIsLost_onH2() throws Exception {
    JdbcConnectionPool pool =
        JdbcConnectionPool.create("jdbc:h2:mem:answers;DB_CLOSE_DELAY=-1", "sa", "");
    try {
      assertTrue(everyAnswerLostOnce(pool) > 8);
    } finally {
      pool.dispose();
    }
  }

  @Test
  void runComesToItsEnd_whicheverAnswerIsLost_onPostgres() throws Exception {
    try (EmbeddedPostgres postgres =
        EmbeddedPostgres.builder().setServerConfig("synchronous_commit", "on").start()) {
      assertTrue(everyAnswerLostOnce(postgres.getPostgresDatabase()) > 8);
    }
  }
}
