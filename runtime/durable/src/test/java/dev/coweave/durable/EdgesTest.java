package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Queues under runs that fail, arguments that are out of bounds, messages of other types, processes that have loaded nothing yet. */
class EdgesTest {
  private final DurableEngine engine = DurableEngine.inMemory();

  @AfterEach
  void close() {
    engine.close();
  }

  private List<RunStatus> statuses(String... ids) {
    return java.util.Arrays.stream(ids).map(engine::status).toList();
  }

  // ---- queues

  @Durable
  @Coroutine
  static String parks() {
    Object value = new Thread();
    Durable.step("s", () -> {});
    return "" + value;
  }

  @Durable
  @Coroutine
  static String hour(int n) {
    Durable.sleep("hour", Duration.ofHours(1));
    return "hour " + n;
  }

  @Test
  void queue_goesOnWhereARunIsParked() {
    engine.queue("one", 1);
    engine.start("bad", "one", () -> parks());
    engine.start("next", "one", () -> hour(1));
    engine.start("last", "one", () -> hour(2));
    engine.advance(Duration.ofHours(2));
    assertEquals(
        List.of(RunStatus.PARKED, RunStatus.DONE, RunStatus.DONE), statuses("bad", "next", "last"));
  }

  @Test
  void parkedRun_thatIsResumed_standsInFrontOfItsQueue() {
    engine.queue("one", 1);
    engine.start("bad", "one", () -> parks());
    engine.start("next", "one", () -> hour(1));
    engine.start("last", "one", () -> hour(2));
    engine.settle();
    engine.resume("bad");
    engine.settle();
    assertEquals(RunStatus.ACTIVE, engine.status("bad")); // in line
    engine.advance(Duration.ofHours(1));
    assertEquals(
        List.of(RunStatus.PARKED, RunStatus.DONE, RunStatus.ACTIVE),
        statuses("bad", "next", "last"));
  }

  @Test
  void runInLine_thatIsCancelled_leavesIt() {
    engine.queue("one", 1);
    engine.start("first", "one", () -> hour(1));
    engine.start("second", "one", () -> hour(2));
    engine.start("third", "one", () -> hour(3));
    assertTrue(engine.cancel("second"));
    engine.settle();
    assertEquals(
        List.of(RunStatus.ACTIVE, RunStatus.CANCELLED, RunStatus.ACTIVE),
        statuses("first", "second", "third"));
    engine.advance(Duration.ofHours(1));
    assertEquals(List.of(RunStatus.DONE, RunStatus.ACTIVE), statuses("first", "third"));
  }

  @Test
  void queue_ofABadNameOrNumber_isRefused() {
    assertThrows(IllegalArgumentException.class, () -> engine.queue("q", -1));
    assertThrows(IllegalArgumentException.class, () -> engine.queue("", 1));
    assertThrows(IllegalArgumentException.class, () -> engine.queue("q".repeat(101), 1));
  }

  // ---- what a run asks for that can't be done: it hears of it

  @Durable
  @Coroutine
  static String asks(int what) {
    try {
      switch (what) {
        case 0 -> Durable.start("c", "unknown", () -> hour(1));
        case 1 -> Durable.start("c".repeat(201), () -> hour(1));
        case 2 -> Durable.start("c", () -> takes(new Thread()));
        case 3 -> Durable.sleep("null", none());
        case 4 -> Durable.receive("null", String.class, none());
        case 5 -> Durable.send("r", "n".repeat(201), 1);
        case 6 -> engineOf("asks 6").await();
        default -> {}
      }
      return "nothing";
    } catch (TimeoutException | RuntimeException e) {
      return e.getClass().getSimpleName()
          + ": "
          + String.valueOf(e.getMessage()).lines().toList().get(0);
    }
  }

  private static DurableEngine current;

  private static Run<String> engineOf(String id) {
    return current.run(id);
  }

  @SuppressWarnings("NullAway") // that is what is tried
  private static Duration none() {
    return null;
  }

  @Durable
  @Coroutine
  static String takes(Object o) {
    Durable.step("s", () -> {});
    return "" + o;
  }

  @Test
  void whatCantBeDone_isThrownInTheRun() {
    current = engine;
    List<String> said =
        List.of(
            "IllegalArgumentException: there is no queue unknown",
            "IllegalArgumentException: a run's id has 1 to 200 characters",
            "DurableException: COWEAVE-452: 'o' at start",
            "NullPointerException: time",
            "NullPointerException: timeout",
            "IllegalArgumentException: a message's name has 1 to 200 characters",
            "IllegalStateException: the run asks 6 waits for its own end");
    for (int i = 0; i < said.size(); i++) {
      int what = i;
      String result = engine.start("asks " + i, () -> asks(what)).join();
      assertTrue(result.startsWith(said.get(i)), result);
    }
  }

  @Durable
  @Coroutine
  static String forEver(boolean message) {
    Duration time = ChronoUnit.FOREVER.getDuration();
    try {
      if (message) {
        return Durable.receive("m", String.class, time);
      }
      Durable.sleep("for ever", time);
      return "no";
    } catch (RunCancelled | TimeoutException e) {
      return "cancelled";
    }
  }

  @Test
  void waitForEver_isOne() {
    engine.start("sleeps", () -> forEver(false));
    engine.start("receives", () -> forEver(true));
    engine.advance(Duration.ofDays(100_000));
    assertEquals(List.of(RunStatus.ACTIVE, RunStatus.ACTIVE), statuses("sleeps", "receives"));
    engine.cancel("sleeps");
    engine.send("receives", "m", "at last");
    assertEquals("cancelled", engine.run("sleeps").join());
    assertEquals("at last", engine.run("receives").join());
  }

  @Durable
  @Coroutine
  static String parent() {
    Run<String> a = Durable.start("a", () -> hour(1));
    Run<String> b = Durable.start("b", () -> hour(2));
    try {
      return "" + Durable.awaitAll(List.of(a, b));
    } catch (RunCancelled e) {
      return "cancelled " + Durable.awaitAll(List.of(b, a));
    }
  }

  @Test
  void nothingIsLeft_ofWaitsForSeveral() {
    Run<String> run = engine.start("parent", () -> parent());
    engine.settle();
    engine.cancel("parent");
    engine.start("terminated", () -> parent());
    engine.settle();
    engine.terminate("terminated");
    engine.advance(Duration.ofHours(2));
    assertEquals("cancelled [hour 2, hour 1]", run.join());
    assertEquals(0, count("coweave_wait"));
  }

  private int count(String table) {
    return engine.ask(
        c -> {
          try (Statement s = c.createStatement();
              var r = s.executeQuery("SELECT COUNT(*) FROM " + table)) {
            r.next();
            return r.getInt(1);
          }
        });
  }

  // ---- messages and results

  record Approval(boolean given, List<Person> by) {}

  record Person(String name) {}

  @Durable
  @Coroutine
  static Approval approve() {
    return Durable.receive("approval", Approval.class);
  }

  @Test
  void messageOfAnotherType_parksTheRun_earlyOrLate() {
    engine.start("early", () -> approve());
    engine.send("early", "approval", "yes");
    engine.start("late", () -> approve());
    engine.settle();
    engine.send("late", "approval", List.of(1));
    engine.settle();
    for (String id : List.of("early", "late")) {
      assertEquals("COWEAVE-453", engine.info(id).code());
      assertEquals(1, count("coweave_message WHERE run = '" + id + "'"));
    }
  }

  @Test
  void processThatHasLoadedNothing_sendsAndReadsResults() {
    JdbcDataSource source = new JdbcDataSource();
    source.setURL("jdbc:h2:mem:nothing-loaded;DB_CLOSE_DELAY=-1");
    try (DurableEngine e = DurableEngine.open(source)) {
      e.start("r", () -> approve());
    }
    Approval approval = new Approval(true, List.of(new Person("Ann")));
    try (DurableEngine e = DurableEngine.open(source)) {
      e.send("r", "approval", approval);
      assertEquals(approval, e.run("r").join());
    }
    try (DurableEngine e = DurableEngine.open(source)) {
      assertEquals(approval, e.run("r").join());
    }
  }

  // ---- transactions

  private interface Way {
    Connection from(Connection c) throws SQLException;
  }

  private static final List<Way> WAYS =
      List.of(
          c -> c.getMetaData().getConnection(),
          c -> c.createStatement().executeQuery("SELECT 1").getStatement().getConnection(),
          c -> c.prepareStatement("SELECT 1").executeQuery().getStatement().getConnection(),
          c -> c.createStatement().unwrap(Statement.class).getConnection(),
          c -> c.createStatement().getConnection());

  @Durable
  @Coroutine
  static String commits(int way) {
    try {
      return Durable.transaction(
          "t",
          c -> {
            WAYS.get(way).from(c).commit();
            return "committed";
          });
    } catch (SQLException e) {
      return "refused";
    }
  }

  @Test
  void noWayLeadsToAConnectionThatCommits() {
    for (int i = 0; i < WAYS.size(); i++) {
      int way = i;
      assertEquals("refused", engine.start("way " + i, () -> commits(way)).join());
    }
  }

  @Durable
  @Coroutine
  static String isolated() throws SQLException {
    return Durable.transaction("usual", c -> "" + c.getTransactionIsolation())
        + Durable.transaction(
            "stricter", Isolation.SERIALIZABLE, c -> "" + c.getTransactionIsolation());
  }

  @Test
  void transaction_isAsIsolatedAsItAsksFor() {
    assertEquals(
        "" + Connection.TRANSACTION_READ_COMMITTED + Connection.TRANSACTION_REPEATABLE_READ,
        engine.start("r", () -> isolated()).join());
  }

  @Durable
  @Coroutine
  static String tooLong() {
    try {
      return Durable.<String, SQLException>transaction(
          "long",
          c -> {
            long until = System.nanoTime() + 100_000_000;
            while (System.nanoTime() < until) {
              Thread.onSpinWait();
            }
            return "done";
          });
    } catch (SQLTimeoutException e) {
      return e.getMessage().lines().toList().get(0);
    } catch (SQLException e) {
      return "other " + e;
    }
  }

  @Test
  void transaction_thatTakesLongerThanItMay_isUndone() {
    try (DurableEngine e =
        DurableEngine.inMemory(DurableOptions.defaults().lease(Duration.ofMillis(120)))) {
      assertEquals(
          "COWEAVE-483: a transaction took longer than 80 ms, two thirds of the lease",
          joined(e.start("r", () -> tooLong())));
    }
  }

  /** Its outcome: H2 has one transaction at a time, so whoever asks meanwhile may be told that it takes too long. */
  private static String joined(Run<String> run) {
    while (true) {
      try {
        return run.join();
      } catch (DurableException e) {
        assertInstanceOf(SQLTransientException.class, e.getCause());
      }
    }
  }

  // ---- options, and the command line

  @Test
  void optionsWithWhichNothingGoesOn_areRefused() {
    DurableOptions o = DurableOptions.defaults();
    List<Executable> bad =
        List.of(
            () -> o.workers(0),
            () -> o.lease(Duration.ZERO),
            () -> o.poll(Duration.ZERO),
            () -> o.maxCharacters(0),
            () -> o.maxClaims(0),
            () -> o.keep(Duration.ofDays(-1), Duration.ZERO));
    bad.forEach(b -> assertThrows(IllegalArgumentException.class, b));
  }

  @Test
  void closedEngine_startsNothing() {
    DurableEngine e = DurableEngine.inMemory();
    e.close();
    assertThrows(IllegalStateException.class, () -> e.start("r", () -> hour(1)));
    assertFalse(e.isHealthy());
  }

  private static String command(int code, String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertEquals(code, Main.run(List.of(words), new PrintStream(out, true)), out::toString);
    return out.toString(StandardCharsets.UTF_8).lines().findFirst().orElse("");
  }

  @Test
  void commandLine_saysWhatIsTheMatter(@TempDir Path dir) throws Exception {
    String file = dir.resolve("runs").toString();
    DurableEngine.open(dir.resolve("runs")).close();
    String url = "jdbc:h2:file:" + file + ";USER=sa";
    assertEquals(
        "sleeping is no status; these are [active, parked, done, failed, cancelled, terminated]",
        command(2, "--url", url, "list", "sleeping"));
    assertEquals("many is no number of runs", command(2, "--url", url, "list", "done", "many"));
    assertEquals("-1 is no number of runs", command(2, "--url", url, "list", "done", "-1"));
    for (String word : List.of("cancel", "terminate", "resume", "show")) {
      assertTrue(command(1, "--url", url, word, "nobody").startsWith("COWEAVE-460"), word);
    }
    assertTrue(command(1, "--url", url, "set", "nobody", "a", "1").startsWith("COWEAVE-460"));
    String mistyped = "jdbc:h2:file:" + dir.resolve("rums");
    assertTrue(command(1, "--url", mistyped, "count").contains("not found"));
    assertFalse(Files.exists(dir.resolve("rums.mv.db")));
    assertTrue(command(1, "--url", "jdbc:nobody:x", "count").contains("No suitable driver"));
  }

  @Test
  void valueThatOthersReferTo_staysThere_whenALocalIsSet() {
    String frames =
        "{\"frames\":[{\"method\":\"outer\",\"locals\":{\"o\":%s}},"
            + "{\"method\":\"inner\",\"locals\":{\"o\":%s,\"p\":%s}}]}";
    String order =
        "{\"#\":1,\"id\":\"17\",\"parts\":{\"#\":2,\"@\":\"ArrayList\",\"v\":[{\"#ref\":1}]}}";
    String one = "{\"#ref\":1}";
    String two = "{\"#ref\":2}";
    String set =
        dev.coweave.durable.format.Editing.set(frames.formatted(order, one, two), "outer.o", "5");
    assertEquals(frames.formatted("{\"now\":5}", order, two), set);
    String partFirst =
        dev.coweave.durable.format.Editing.set(frames.formatted(order, two, one), "outer.o", "5");
    String parts =
        "{\"#\":2,\"@\":\"ArrayList\",\"v\":[{\"#\":1,\"id\":\"17\",\"parts\":{\"#ref\":2}}]}";
    assertEquals(frames.formatted("{\"now\":5}", parts, one), partFirst);
  }
}
