package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.sql.SQLException;
import java.sql.SQLIntegrityConstraintViolationException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Exceptions that a run has caught are the same after each of two loads: class, message, cause, and what programs ask of them. */
class ExceptionsTest {
  /** Makes a message of what it is given, and says more than it was made with. */
  static class NoSuchOrder extends RuntimeException {
    private static final long serialVersionUID = 1;
    final String id;
    final int status;

    NoSuchOrder(String id) {
      super("no order " + id);
      this.id = id;
      this.status = 404;
    }

    @Override
    public String getMessage() {
      return "[" + status + "] " + super.getMessage();
    }
  }

  static final class Closed extends NoSuchOrder {
    private static final long serialVersionUID = 1;
    final java.math.RoundingMode mode = java.math.RoundingMode.UP;

    Closed() {
      super("x");
    }

    @Override
    public String getMessage() {
      return "closed: " + super.getMessage();
    }
  }

  static final class Quiet extends Exception {
    private static final long serialVersionUID = 1;

    Quiet(int n, Object any) {
      super(null, null, false, false);
    }
  }

  private static String noDate() {
    return "tomorrow";
  }

  /** What is thrown, by number. */
  private static final List<Callable<Object>> THROWN =
      List.of(
          () -> fail(new NoSuchOrder("17")),
          () -> fail(new Closed()),
          () -> fail(new Quiet(5, "any")),
          () -> LocalDate.parse(noDate()),
          () -> fail(new UncheckedIOException("u", new IOException("cause"))),
          () -> fail(new SQLException("refused", "23505", 7)),
          () ->
              fail(
                  new SQLIntegrityConstraintViolationException(
                      "twice", "23503", 8, new IOException("cause"))),
          () -> fail(new InvocationTargetException(new IOException("cause"), "m")),
          () -> fail(new ExceptionInInitializerError(new IOException("cause"))),
          () -> fail(new Error("e", new NoSuchOrder("18"))),
          () -> List.of().get(0),
          () -> fail(new IOException((String) null)));

  private static Object fail(Throwable t) throws Exception {
    if (t instanceof Error e) {
      throw e;
    }
    throw (Exception) t;
  }

  static String text(@Nullable Throwable t) {
    String text = t + "";
    if (t instanceof NoSuchOrder o) {
      text += o.id + o.status;
    }
    if (t instanceof Closed c) {
      text += c.mode;
    }
    if (t instanceof SQLException e) {
      text += e.getSQLState() + e.getErrorCode();
    }
    return t == null ? "" : text + " <- " + text(t.getCause());
  }

  @Durable
  @Coroutine
  static String caught(int which) {
    try {
      return "nothing: " + Durable.<Object, Exception>step("throw", () -> THROWN.get(which).call());
    } catch (Closed e) {
      Durable.sleep("a", Duration.ofSeconds(1));
      Durable.sleep("b", Duration.ofSeconds(1));
      return text(e);
    } catch (Throwable e) {
      Durable.sleep("c", Duration.ofSeconds(1));
      Durable.sleep("d", Duration.ofSeconds(1));
      return text(e);
    }
  }

  @Test
  void exceptionsAreTheSame() throws Exception {
    try (DurableEngine engine = DurableEngine.inMemory()) {
      for (int i = 0; i < THROWN.size(); i++) {
        String expected;
        try {
          expected = "nothing: " + THROWN.get(i).call();
        } catch (Throwable t) {
          expected = text(t);
        }
        int which = i;
        Run<String> run = engine.start("run-" + i, () -> caught(which));
        engine.advance(Duration.ofMinutes(1));
        assertEquals(expected, run.join());
      }
    }
  }

  @Durable
  @Coroutine
  static String ofTheJdk() {
    try {
      return Durable.step("parse", () -> new URI("a b").getPath());
    } catch (java.net.URISyntaxException e) {
      Durable.sleep("a", Duration.ofSeconds(1));
      return e.getClass().getSimpleName() + e.getMessage().startsWith("Illegal character in path");
    }
  }

  /** Its parts can't be reached, and no constructor takes its message. */
  @Test
  void exceptionWhoseMessageIsMadeOfParts_isOfTheSameClass() {
    try (DurableEngine engine = DurableEngine.inMemory()) {
      Run<String> run = engine.start("run", () -> ofTheJdk());
      engine.advance(Duration.ofMinutes(1));
      assertEquals("URISyntaxExceptiontrue", run.join());
    }
  }
}
