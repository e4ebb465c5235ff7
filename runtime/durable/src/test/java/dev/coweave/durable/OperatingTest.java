package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many runs together, and what operators do with them. */
class OperatingTest {
  private final DurableEngine engine = DurableEngine.inMemory();

  @AfterEach
  void close() {
    engine.close();
  }

  // ---- several runs at once

  @Durable
  @Coroutine
  static int child(int n) {
    Durable.sleep("nap", Duration.ofMinutes(n % 7));
    if (n < 0) {
      throw new IllegalStateException("child " + n);
    }
    return n;
  }

  @Durable
  @Coroutine
  static int parent(int children) {
    List<Run<Integer>> runs = new ArrayList<>();
    for (int i = 0; i < children; i++) {
      int n = i;
      runs.add(Durable.start("child-" + n, () -> child(n)));
    }
    int sum = 0;
    for (int n : Durable.awaitAll(runs)) {
      sum = sum * 3 + n;
    }
    return sum;
  }

  @Test
  void awaitAll_givesTheResultsInOrder() {
    Run<Integer> run = engine.start("p", () -> parent(20));
    engine.advance(Duration.ofHours(1));
    int sum = 0;
    for (int n = 0; n < 20; n++) {
      sum = sum * 3 + n;
    }
    assertEquals(sum, run.join());
  }

  @Durable
  @Coroutine
  static int family(int children) {
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < children; i++) {
      numbers.add(i);
    }
    int sum = 0;
    for (int n : Durable.awaitAll(Durable.startAll(numbers, n -> "child-" + n, n -> child(n)))) {
      sum = sum * 3 + n;
    }
    return sum;
  }

  @Test
  void startAll_startsARunForEachElement_orFindsIt() {
    engine.start("child-3", () -> child(3));
    Run<Integer> run = engine.start("p", () -> family(6));
    engine.advance(Duration.ofHours(1));
    assertEquals((((1 * 3 + 2) * 3 + 3) * 3 + 4) * 3 + 5, run.join());
    assertEquals(7, engine.list(RunStatus.DONE, 100).size());
  }

  @Test
  void startAll_ofNothing_isEmpty() {
    assertEquals(0, engine.start("p", () -> family(0)).join());
  }

  @Test
  void startAll_whoseIdIsAnotherRuns_startsNone() {
    engine.start("child-3", () -> child(4));
    Run<Integer> run = engine.start("p", () -> family(6));
    DurableException e = assertThrows(DurableException.class, run::join);
    assertTrue(e.getMessage().contains("there is a run child-3 already"), e.getMessage());
    assertThrows(NoSuchRun.class, () -> engine.status("child-0"));
  }

  @Durable
  @Coroutine
  static String failing() {
    List<Run<Integer>> runs = new ArrayList<>();
    runs.add(Durable.start("a", () -> child(1)));
    runs.add(Durable.start("b", () -> child(-1)));
    runs.add(Durable.start("c", () -> child(-2)));
    try {
      Durable.awaitAll(runs);
      return "none";
    } catch (IllegalStateException e) {
      return e.getMessage() + " and " + e.getSuppressed()[0].getMessage();
    }
  }

  @Test
  void awaitAll_throwsTheFirstFailure_whenAllHaveEnded() {
    Run<String> run = engine.start("p", () -> failing());
    engine.advance(Duration.ofHours(1));
    assertEquals("child -1 and child -2", run.join());
  }

  @Durable
  @Coroutine
  static int none() {
    return Durable.awaitAll(List.<Run<Integer>>of()).size();
  }

  @Test
  void awaitAll_ofNone_goesOn() {
    assertEquals(0, engine.start("p", () -> none()).join());
  }

  private static final List<String> LOG = new ArrayList<>();

  @Durable
  @Coroutine
  static boolean job(String name) {
    Durable.step("begin", () -> log("+" + name));
    Durable.sleep("work", Duration.ofMinutes(10));
    return Durable.step("end", () -> log("-" + name));
  }

  private static synchronized boolean log(String what) {
    synchronized (LOG) {
      return LOG.add(what);
    }
  }

  @Test
  void queue_letsSoManyBegin_firstComeFirstServed() {
    LOG.clear();
    engine.queue("jobs", 2);
    for (String name : List.of("a", "b", "c", "d", "e")) {
      engine.start(name, "jobs", () -> job(name));
    }
    engine.settle();
    assertEquals(List.of("+a", "+b"), LOG.stream().sorted().toList());
    engine.advance(Duration.ofMinutes(10));
    assertEquals(4, LOG.stream().filter(l -> l.startsWith("+")).count());
    assertFalse(LOG.contains("+e"), LOG::toString);
    engine.terminate("c");
    engine.settle();
    assertTrue(LOG.contains("+e"), LOG::toString);
    assertThrows(
        IllegalArgumentException.class, () -> engine.start("x", "unknown", () -> job("x")));
  }

  // ---- transactions

  @Durable
  @Coroutine
  static String statement(String sql) throws SQLException {
    try {
      return "done "
          + Durable.transaction(
              "sql",
              c -> {
                try (Statement s = c.createStatement()) {
                  return s.execute(sql);
                }
              });
    } catch (SQLException e) {
      return e.getMessage().lines().findFirst().orElse("");
    }
  }

  @Test
  void transaction_refusesWhatWouldCommit() {
    List<String> refused =
        List.of(
            "CREATE TABLE t (a INT)",
            "create table t (a INT)",
            " /* a */ DROP TABLE coweave_run",
            "COMMIT",
            "SELECT 1; COMMIT",
            "-- x\nALTER TABLE coweave_run ADD b INT",
            "TRUNCATE TABLE coweave_run",
            "SET WRITE_DELAY 500",
            "ROLLBACK",
            "BEGIN");
    for (int i = 0; i < refused.size(); i++) {
      String sql = refused.get(i);
      String said = engine.start("r" + i, () -> statement(sql)).join();
      assertTrue(said.startsWith("COWEAVE-469: "), sql + ": " + said);
    }
    assertEquals("done true", engine.start("ok", () -> statement("SELECT 'a; COMMIT'")).join());
  }

  // ---- operators

  @Durable
  @Coroutine
  static String outer(String order) {
    int cents = 100;
    return order + inner(cents * 2) + cents;
  }

  @Durable
  @Coroutine
  static String inner(int amount) {
    String text = Durable.receive("text", String.class);
    return text + amount;
  }

  @Test
  void show_tellsStackAndLocals() {
    engine.start("o", () -> outer("17"));
    engine.settle();
    assertEquals(
        """
        run o of dev.coweave.durable.OperatingTest.outer: active, waits for message:text
          at dev.coweave.durable.OperatingTest.inner, receive:text
              amount = 200
          at dev.coweave.durable.OperatingTest.outer, call:inner
              cents = 100
              operand~String=order = "17"
        """,
        engine.operator().show("o"));
    assertEquals(Map.of(RunStatus.ACTIVE, 1L), engine.operator().count());
    assertEquals(
        Map.of("runs.active", 1L, "working", 0L, "checkpoints", 1L, "lag", 0L), engine.figures());
    assertTrue(engine.isHealthy());
  }

  @Test
  void set_changesALocalOfAParkedRun() {
    engine.start("o", () -> outer("17"));
    engine.settle();
    assertFalse(engine.set("o", "amount", "7"), "it isn't parked");
    engine.ask(
        c -> {
          try (Statement s = c.createStatement()) {
            return s.executeUpdate("UPDATE coweave_run SET status = 'parked', due = NULL");
          }
        });
    assertTrue(engine.set("o", "amount", "7"));
    assertTrue(engine.set("o", "outer.cents", "8"));
    assertThrows(DurableException.class, () -> engine.set("o", "nowhere.x", "8"));
    assertThrows(DurableException.class, () -> engine.set("o", "amount", "{"));
    assertTrue(engine.resume("o"));
    engine.send("o", "text", "t");
    assertEquals("17t78", engine.<String>run("o").join());
  }

  @Test
  void commandLine_does(@TempDir Path dir) {
    String url = "jdbc:h2:file:" + dir.resolve("runs") + ";DB_CLOSE_DELAY=-1;AUTO_SERVER=TRUE";
    org.h2.jdbcx.JdbcDataSource source = new org.h2.jdbcx.JdbcDataSource();
    source.setURL(url);
    try (DurableEngine e = DurableEngine.open(source)) {
      e.start("o", () -> outer("17"));
      while (e.info("o").waitsFor() == null) {
        Thread.onSpinWait();
      }
      assertEquals("active 1\n", command(0, "--url", url, "count"));
      assertEquals(
          "o\tdev.coweave.durable.OperatingTest.outer\tmessage:text\n",
          command(0, "--url", url, "list", "active"));
      assertTrue(command(0, "--url", url, "show", "o").contains("amount = 200"));
      assertEquals("the run isn't parked\n", command(1, "--url", url, "resume", "o"));
      assertEquals("the run is terminated\n", command(0, "--url", url, "terminate", "o"));
      assertTrue(command(1, "--url", url, "show", "p").startsWith("COWEAVE-460"));
      assertTrue(command(2, "--url", url, "what").startsWith("coweave-durable"));
    }
  }

  private static String command(int code, String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertEquals(code, Main.run(List.of(words), new PrintStream(out, true)));
    return out.toString(StandardCharsets.UTF_8).replace("\r", "");
  }

  // ---- what is kept

  @Test
  void purge_deletesResultsThenIds() {
    Run<Integer> run = engine.start("p", () -> parent(3));
    engine.advance(Duration.ofHours(1));
    assertEquals(0, engine.purge());
    engine.advance(Duration.ofDays(31));
    assertEquals(4, engine.purge());
    assertThrows(NoSuchRun.class, run::join);
    engine.start("p", () -> parent(3)); // the id is still known
    assertEquals(RunStatus.DONE, engine.status("p"));
    engine.advance(Duration.ofDays(366));
    assertEquals(4, engine.purge());
    assertThrows(NoSuchRun.class, () -> engine.status("p"));
  }

  @Durable
  @Coroutine
  static int waiting() {
    Run<Integer> c = Durable.start("c", () -> child(1));
    Durable.sleep("long", Duration.ofDays(100));
    return c.await();
  }

  @Test
  void childrensResults_areKeptUntilTheParentEnds() {
    Run<Integer> run = engine.start("p", () -> waiting());
    engine.advance(Duration.ofDays(90));
    assertEquals(0, engine.purge());
    engine.advance(Duration.ofDays(11));
    assertEquals(1, run.join());
  }

  // ---- secrets

  @Test
  void values_areEncrypted_namesAreNot() {
    Secrecy secrecy =
        new Secrecy() {
          @Override
          public String encrypt(String text) {
            return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
          }

          @Override
          public String decrypt(String text) {
            return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
          }
        };
    DurableOptions options = DurableOptions.defaults().reload(true).secrecy(secrecy);
    try (DurableEngine e = DurableEngine.inMemory(options)) {
      Run<String> run = e.start("o", () -> outer("cleartext"));
      e.settle();
      String state = String.valueOf(e.info("o").state());
      assertFalse(state.contains("cleartext"), state);
      assertTrue(state.contains("\"amount\":{\"secret\":"), state);
      e.send("o", "text", "-");
      assertEquals("cleartext-200100", run.join());
    }
  }
}
