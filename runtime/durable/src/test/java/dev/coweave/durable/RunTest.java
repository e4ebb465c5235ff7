package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Keys, messages, cancellation, children and transactions of runs. */
class RunTest {
  private static final List<String> LOG = new CopyOnWriteArrayList<>();

  private final DurableEngine engine = DurableEngine.inMemory();

  @AfterEach
  void close() {
    engine.close();
    LOG.clear();
  }

  // ---- starting

  @Durable
  @Coroutine
  static int twice(int n) {
    return Durable.step("twice", () -> 2 * n);
  }

  @Test
  void sameId_isTheSameRun() {
    assertEquals(4, engine.start("a", () -> twice(2)).join());
    assertEquals(4, engine.start("a", () -> twice(2)).join());
  }

  @Test
  void sameId_withOtherArguments_isRefused() {
    engine.start("a", () -> twice(2)).join();
    DurableException e =
        assertThrows(DurableException.class, () -> engine.start("a", () -> twice(3)));
    assertEquals("COWEAVE-455", e.code());
  }

  @Test
  void durableCall_outsideARun_saysWhatToDo() {
    IllegalStateException e = assertThrows(IllegalStateException.class, () -> twice(2));
    assertTrue(e.getMessage().startsWith("COWEAVE-451: a durable method was called outside a run"));
  }

  static final class Unknown {
    @Durable
    @Coroutine
    int one() {
      return Durable.step("one", () -> 1);
    }
  }

  @Test
  void start_onAnObjectThatTheEngineDoesntKnow_isRefused() {
    Unknown unknown = new Unknown();
    DurableException e =
        assertThrows(DurableException.class, () -> engine.start("a", () -> unknown.one()));
    assertEquals("COWEAVE-452", e.code());
    assertTrue(e.getMessage().contains("'this' at start"), e.getMessage());
  }

  // ---- steps

  @Durable
  @Coroutine
  static int flaky(String name) {
    return Durable.step(
        "try",
        Retry.times(3).backoff(Duration.ofHours(1)),
        key -> {
          LOG.add(key);
          if (LOG.size() < 3) {
            throw new IllegalStateException("attempt " + LOG.size());
          }
          return LOG.size();
        });
  }

  @Test
  void step_thatFails_isTriedAgainWithTheSameKey() {
    Run<Integer> run = engine.start("flaky", () -> flaky("x"));
    engine.settle();
    assertEquals(1, LOG.size());
    engine.advance(Duration.ofMinutes(59));
    assertEquals(1, LOG.size());
    engine.advance(Duration.ofMinutes(1));
    assertEquals(2, LOG.size());
    engine.advance(Duration.ofHours(2));
    assertEquals(3, run.join());
    assertEquals(1, LOG.stream().distinct().count());
  }

  @Durable
  @Coroutine
  static void loop(int n) {
    for (int i = 0; i < n; i++) {
      Durable.step("same", key -> LOG.add(key));
    }
  }

  @Test
  void steps_haveKeysOfTheirOwn() {
    engine.start("a", () -> loop(3)).join();
    engine.start("b", () -> loop(3)).join();
    assertEquals(6, LOG.stream().distinct().count());
  }

  // ---- cancelling

  @Durable
  @Coroutine
  static void compensates() {
    try {
      Durable.sleep(Duration.ofDays(1));
      LOG.add("slept");
    } finally {
      Durable.step("compensate", () -> LOG.add("compensated"));
      Durable.sleep(Duration.ofDays(1));
      Durable.step("after", () -> LOG.add("after"));
    }
  }

  @Test
  void cancellation_isDeliveredOnce_andLaterWaitsWork() {
    Run<?> run = engine.start("a", () -> compensates());
    engine.settle();
    assertTrue(engine.cancel("a"));
    assertFalse(engine.cancel("a"));
    engine.settle();
    assertEquals(List.of("compensated"), LOG);
    engine.advance(Duration.ofDays(1));
    assertEquals(List.of("compensated", "after"), LOG);
    assertEquals(RunStatus.CANCELLED, run.status());
    assertThrows(CancellationException.class, run::join);
  }

  @Test
  void terminate_runsNoCode() {
    Run<?> run = engine.start("a", () -> compensates());
    engine.settle();
    assertTrue(engine.terminate("a"));
    engine.advance(Duration.ofDays(3));
    assertEquals(List.of(), LOG);
    assertEquals(RunStatus.TERMINATED, run.status());
    assertThrows(CancellationException.class, run::join);
  }

  private static final CompletableFuture<Void> STARTED = new CompletableFuture<>();
  private static final CompletableFuture<Void> GO_ON = new CompletableFuture<>();

  @Durable
  @Coroutine
  static void longStep() {
    Durable.step(
        "long",
        () -> {
          STARTED.complete(null);
          GO_ON.join();
          return LOG.add("finished");
        });
    Durable.step("never", () -> LOG.add("never"));
  }

  @Test
  void cancellation_whileAStepRuns_isDeliveredAtTheNextWait() throws Exception {
    Run<?> run = engine.start("a", () -> longStep());
    STARTED.get(300, TimeUnit.SECONDS);
    engine.cancel("a");
    GO_ON.complete(null);
    assertThrows(CancellationException.class, run::join);
    assertEquals(List.of("finished"), LOG);
  }

  // ---- messages

  @Durable
  @Coroutine
  static List<String> receives(int n) throws TimeoutException {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      all.add(Durable.receive("word", String.class, Duration.ofDays(1)));
    }
    return all;
  }

  @Test
  void messages_comeInTheirOrder_earlyOnesWait() {
    Run<List<String>> run = engine.start("a", () -> receives(3));
    engine.send("a", "word", "x");
    engine.send("a", "other", "?");
    engine.send("a", "word", "y");
    engine.settle();
    engine.send("a", "word", "z");
    assertEquals(List.of("x", "y", "z"), run.join());
  }

  @Test
  void message_ofAnIdThatCameBefore_isNotReceivedAgain() {
    Run<List<String>> run = engine.start("a", () -> receives(2));
    engine.send("a", "word", "id-1", "x");
    engine.settle();
    engine.send("a", "word", "id-1", "x");
    engine.settle();
    assertEquals(RunStatus.ACTIVE, run.status());
    engine.send("a", "word", "id-2", "y");
    assertEquals(List.of("x", "y"), run.join());
  }

  @Test
  void message_toNobody_isRefused() {
    assertThrows(NoSuchRun.class, () -> engine.send("nobody", "word", "x"));
    engine.start("a", () -> twice(1)).join();
    assertThrows(NoSuchRun.class, () -> engine.send("a", "word", "x"));
  }

  @Test
  void timeout_afterItsTime() {
    Run<List<String>> run = engine.start("a", () -> receives(1));
    engine.advance(Duration.ofDays(1).minusMillis(1));
    assertEquals(RunStatus.ACTIVE, run.status());
    engine.advance(Duration.ofMillis(1));
    assertThrows(TimeoutException.class, run::join);
  }

  // ---- children

  @Durable
  @Coroutine
  static int parent(int n) {
    List<Run<Integer>> children = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      int k = i;
      children.add(Durable.start("child-" + i, () -> twice(k)));
    }
    int sum = 0;
    for (Run<Integer> child : children) {
      sum += child.await();
    }
    return sum;
  }

  @Test
  void parent_awaitsItsChildren() {
    assertEquals(2 * (1 + 2 + 3 + 4), engine.start("parent", () -> parent(5)).join());
  }

  @Durable
  @Coroutine
  static String ping(String other) {
    Durable.send(other, "ball", "ping");
    return Durable.receive("ball", String.class);
  }

  @Durable
  @Coroutine
  static String pong(String other) {
    String got = Durable.receive("ball", String.class);
    Durable.send(other, "ball", "pong");
    return got;
  }

  @Test
  void runs_sendToEachOther() {
    Run<String> pong = engine.start("pong", () -> pong("ping"));
    Run<String> ping = engine.start("ping", () -> ping("pong"));
    assertEquals("pong", ping.join());
    assertEquals("ping", pong.join());
  }

  // ---- transactions

  static void sql(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement()) {
      s.execute(sql);
    }
  }

  @Durable
  @Coroutine
  static int books(boolean fails) throws SQLException {
    Durable.transaction(
        "make",
        c -> {
          sql(
              c,
              "INSERT INTO coweave_message (run, name, body, taken) VALUES ('t', 't', 't', TRUE)");
          return 0;
        });
    try {
      Durable.transaction(
          "book",
          c -> {
            sql(
                c,
                "INSERT INTO coweave_message (run, name, body, taken) VALUES ('t', 't', 't',"
                    + " TRUE)");
            if (fails) {
              throw new IllegalStateException("no");
            }
            return 0;
          });
    } catch (IllegalStateException e) {
      LOG.add(e.getMessage());
    }
    return Durable.transaction(
        "count",
        c -> {
          assertThrows(SQLException.class, c::commit);
          assertThrows(SQLException.class, c::close);
          try (Statement s = c.createStatement();
              ResultSet r =
                  s.executeQuery("SELECT COUNT(*) FROM coweave_message WHERE run = 't'")) {
            r.next();
            return r.getInt(1);
          }
        });
  }

  @Test
  void transaction_isCommittedWithTheCheckpoint() {
    assertEquals(2, engine.start("a", () -> books(false)).join());
    assertEquals(List.of(), LOG);
  }

  @Test
  void transaction_thatThrows_isRolledBack() {
    assertEquals(1, engine.start("a", () -> books(true)).join());
    assertEquals(List.of("no"), LOG);
  }

  // ---- what can't be stored

  @Durable
  @Coroutine
  static int unstorable() {
    Object o = new Object();
    Durable.step("s", () -> 1);
    return o.hashCode();
  }

  @Test
  void value_thatCantBeStored_parksTheRun() {
    Run<Integer> run = engine.start("a", () -> unstorable());
    RunParked e = assertThrows(RunParked.class, run::join);
    assertEquals("COWEAVE-452", e.code());
    assertTrue(
        e.getMessage()
            .startsWith(
                "COWEAVE-452: 'o' at step:s in dev.coweave.durable.RunTest.unstorable is of"
                    + " java.lang.Object, which can't be stored"),
        e.getMessage());
    assertEquals(RunStatus.PARKED, run.status());
    assertTrue(engine.resume("a"));
    engine.settle();
    assertEquals(RunStatus.PARKED, run.status());
  }

  @Durable
  @Coroutine
  static int crashes() {
    Durable.step("ok", () -> LOG.add("ok"));
    Durable.step(
        "crash",
        () -> {
          LOG.add("crash");
          throw new StackOverflowError();
        });
    return 1;
  }

  @Test
  void run_thatNeverGetsToACheckpoint_isParked() {
    Run<Integer> run = engine.start("a", () -> crashes());
    engine.advance(Duration.ofMinutes(1));
    RunParked e = assertThrows(RunParked.class, run::join);
    assertEquals("COWEAVE-458", e.code());
    assertEquals("ok", LOG.get(0));
    assertNotEquals("ok", LOG.get(1));
  }

  @Durable
  @Coroutine
  static String large(int n) {
    String s = "x".repeat(n);
    Durable.step("s", () -> 1);
    return s;
  }

  @Test
  void run_thatIsTooLarge_isParked() {
    Run<String> run = engine.start("a", () -> large(2_000_000));
    assertEquals("COWEAVE-457", assertThrows(RunParked.class, run::join).code());
  }

  @Test
  void state_isReadable() {
    engine.start("a", () -> receives(1));
    engine.settle();
    String state = engine.info("a").state();
    // The list is an operand too: what add() is to be called on.
    assertTrue(
        state.contains(
            "\"locals\":{\"n\":1,\"all\":{\"#\":1,\"@\":\"ArrayList\",\"v\":[]},\"i\":0,"),
        state);
    assertTrue(state.contains("\"point\":\"receive:word\""), state);
    assertEquals("message:word", engine.info("a").waitsFor());
  }
}
