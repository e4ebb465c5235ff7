package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.coweave.Coroutine;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Nodes that aren't alike on one PostgreSQL: of other generations, with other services or other code; and what they tell each other. */
class NodesTest {
  private static final DurableOptions OPTIONS =
      DurableOptions.defaults().workers(2).poll(Duration.ofMillis(50));

  private static EmbeddedPostgres postgres;
  private static HikariDataSource source;

  @BeforeAll
  static void open() throws IOException {
    postgres = EmbeddedPostgres.builder().setServerConfig("synchronous_commit", "on").start();
    HikariConfig config = new HikariConfig();
    config.setJdbcUrl(postgres.getJdbcUrl("postgres", "postgres"));
    config.setMaximumPoolSize(30);
    source = new HikariDataSource(config);
    DurableEngine.open(source, OPTIONS).close();
  }

  @AfterAll
  static void close() throws IOException {
    source.close();
    postgres.close();
  }

  @AfterEach
  void clear() throws SQLException {
    try (Connection c = source.getConnection();
        Statement s = c.createStatement()) {
      s.execute("DELETE FROM coweave_run");
      s.execute("DELETE FROM coweave_node");
    }
  }

  private static String ask(String sql) throws SQLException {
    try (Connection c = source.getConnection();
        Statement s = c.createStatement();
        ResultSet r = s.executeQuery(sql)) {
      r.next();
      return r.getString(1);
    }
  }

  private static void awaitAnswer(String expected, String sql) throws SQLException {
    long limit = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!expected.equals(ask(sql))) {
      assertTrue(System.nanoTime() < limit, () -> expected + " never came of " + sql);
      Thread.onSpinWait();
    }
  }

  // ---- services

  static final class Shop {
    private final String name;

    Shop(String name) {
      this.name = name;
    }

    @Durable
    @Coroutine
    String sell(String what) {
      String sold = Durable.step("sell", () -> name + " sells " + what);
      String thanks = Durable.receive("thanks", String.class);
      return sold + thanks + name; // of the service, which is stored for that
    }

    @Durable
    @Coroutine
    String both(Shop other) {
      String mine = Durable.step("mine", () -> name);
      Durable.receive("go", String.class);
      return mine + " and " + Durable.step("other", () -> other.name + " of " + name);
    }
  }

  @Test
  void run_isLeftToTheNodesThatHaveItsService() throws SQLException {
    Shop shop = new Shop("north");
    try (DurableEngine has = DurableEngine.open(source, OPTIONS)) {
      has.service("north", shop);
      has.start("sale", () -> shop.sell("tea"));
      awaitAnswer("message:thanks", "SELECT wait FROM coweave_run");
    }
    try (DurableEngine lacks = DurableEngine.open(source, OPTIONS)) {
      lacks.send("sale", "thanks", "!");
      awaitAnswer("service:north", "SELECT needs FROM coweave_run");
      RunInfo left = lacks.info("sale");
      assertEquals(RunStatus.ACTIVE, left.status());
      assertEquals("COWEAVE-464", left.code());
      String fence = ask("SELECT fence FROM coweave_run");
      lacks.start("other", () -> plain(3)).join(); // it works on, and takes it no more
      lacks.start("another", () -> plain(4)).join();
      assertEquals(fence, ask("SELECT fence FROM coweave_run WHERE id = 'sale'"));
      try (DurableEngine has = DurableEngine.open(source, OPTIONS)) {
        has.service("north", shop);
        assertEquals("north sells tea!north", has.<String>run("sale").join());
        assertNull(has.info("sale").code());
      }
    }
  }

  @Test
  void run_isLeftToANodeWithAllItsServices_whereOthersHaveOneEach() throws SQLException {
    Shop north = new Shop("north");
    Shop south = new Shop("south");
    try (DurableEngine both = DurableEngine.open(source, OPTIONS)) {
      both.service("north", north).service("south", south);
      both.start("pair", () -> north.both(south));
      awaitAnswer("message:go", "SELECT wait FROM coweave_run");
    }
    try (DurableEngine a = DurableEngine.open(source, OPTIONS);
        DurableEngine b = DurableEngine.open(source, OPTIONS)) {
      a.service("north", north);
      b.service("south", south);
      a.send("pair", "go", "now");
      awaitAnswer("t", "SELECT needs IS NOT NULL AND owner IS NULL FROM coweave_run");
      try (DurableEngine both = DurableEngine.open(source, OPTIONS)) {
        both.service("north", north).service("south", south);
        assertEquals("north and south of north", both.<String>run("pair").join());
      }
    }
    assertTrue(Integer.parseInt(ask("SELECT fence FROM coweave_run")) < 10, "not to and fro");
  }

  @Test
  void serviceThatIsRegisteredLater_letsTheRunGoOn() throws SQLException {
    Shop shop = new Shop("north");
    try (DurableEngine has = DurableEngine.open(source, OPTIONS)) {
      has.service("north", shop);
      has.start("sale", () -> shop.sell("tea"));
      awaitAnswer("message:thanks", "SELECT wait FROM coweave_run");
    }
    try (DurableEngine late = DurableEngine.open(source, OPTIONS)) {
      late.send("sale", "thanks", "!");
      awaitAnswer("service:north", "SELECT needs FROM coweave_run");
      late.service("north", shop);
      assertEquals("north sells tea!north", late.<String>run("sale").join());
    }
  }

  @Test
  void cancelledRun_isLeftToTheNodesThatHaveItsService() throws SQLException {
    Shop shop = new Shop("north");
    try (DurableEngine has = DurableEngine.open(source, OPTIONS)) {
      has.service("north", shop);
      has.start("sale", () -> shop.sell("tea"));
      awaitAnswer("message:thanks", "SELECT wait FROM coweave_run");
    }
    try (DurableEngine lacks = DurableEngine.open(source, OPTIONS)) {
      lacks.cancel("sale");
      awaitAnswer("service:north", "SELECT needs FROM coweave_run");
      try (DurableEngine has = DurableEngine.open(source, OPTIONS)) {
        has.service("north", shop);
        awaitAnswer("cancelled", "SELECT status FROM coweave_run");
      }
    }
  }

  // ---- code

  @Durable
  @Coroutine
  static int plain(int n) {
    int k = Durable.step("one", () -> n);
    Durable.sleep("rest", Duration.ofMillis(10));
    return k + Durable.step("two", () -> 1);
  }

  @Test
  void run_isLeftToTheNodesThatHaveItsMethod() throws SQLException {
    DurableOptions other = OPTIONS.loader(ClassLoader.getPlatformClassLoader());
    try (DurableEngine lacks = DurableEngine.open(source, other);
        DurableEngine has = DurableEngine.open(source, OPTIONS)) {
      List<Run<Integer>> runs = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        int n = i;
        runs.add(has.start("run-" + i, () -> plain(n)));
      }
      for (int i = 0; i < 20; i++) {
        assertEquals(i + 1, runs.get(i).join());
      }
    }
  }

  @Test
  void runWhoseMethodIsGone_isParked_whereThereIsOneNode() throws SQLException {
    try (DurableEngine has = DurableEngine.open(source, OPTIONS)) {
      has.start("run", () -> plain(1)).join();
    }
    try (Connection c = source.getConnection();
        Statement s = c.createStatement()) {
      s.execute(
          "UPDATE coweave_run SET status = 'active', due = 0, result = NULL, state ="
              + " '{\"format\":1,\"frames\":[{\"class\":\"com.gone.A\",\"method\":\"m\",\"code\":\"0\",\"point\":\"step:x\",\"locals\":{}}]}'");
    }
    try (DurableEngine here = DurableEngine.open(source, OPTIONS)) {
      awaitAnswer("parked", "SELECT status FROM coweave_run");
      assertEquals("COWEAVE-454", here.info("run").code());
    }
  }

  // ---- generations

  @Test
  void runOfANewGeneration_isNeitherTakenNorParkedByOldNodes() throws SQLException {
    try (DurableEngine old = DurableEngine.open(source, OPTIONS.generation(1))) {
      try (DurableEngine young = DurableEngine.open(source, OPTIONS.generation(2))) {
        young.start("new", () -> plain(5)).join();
        old.start("old", () -> plain(6)).join(); // by either
        for (int i = 0; i < 10; i++) {
          int n = i;
          young.start("more-" + i, () -> plain(n));
        }
      }
      // Those that are left have been stored by the new, and are due.
      awaitAnswer("0", "SELECT COUNT(*) FROM coweave_run WHERE owner IS NOT NULL");
      String left = "SELECT COUNT(*) FROM coweave_run WHERE status = 'active'";
      String before = ask(left);
      assertEquals(4, old.start("still at work", () -> plain(3)).join());
      assertEquals(before, ask(left));
      assertEquals("0", ask("SELECT COUNT(*) FROM coweave_run WHERE status = 'parked'"));
      try (DurableEngine young = DurableEngine.open(source, OPTIONS.generation(2))) {
        for (int i = 0; i < 10; i++) {
          assertEquals(i + 1, young.<Integer>run("more-" + i).join());
        }
      }
    }
  }

  // ---- notices

  private static volatile CompletableFuture<Void> go = new CompletableFuture<>();
  private static volatile CompletableFuture<Void> begun = new CompletableFuture<>();

  @Durable
  @Coroutine
  static String blocks() {
    return Durable.step(
        "block",
        () -> {
          begun.complete(null);
          go.join();
          return "done";
        });
  }

  @Durable
  @Coroutine
  static String answers() {
    return Durable.receive("question", String.class) + "!";
  }

  private static <T> CompletableFuture<T> soon(Run<T> run) {
    return CompletableFuture.supplyAsync(run::join);
  }

  /** The other doesn't know yet that it is no longer alone. */
  @Test
  void nodeThatHasJustCome_hearsOfEnds() throws Exception {
    go = new CompletableFuture<>();
    begun = new CompletableFuture<>();
    DurableOptions rare = OPTIONS.poll(Duration.ofHours(1)).lease(Duration.ofSeconds(6));
    try (DurableEngine a = DurableEngine.open(source, rare)) {
      Run<String> unused = a.start("first", () -> blocks());
      begun.get(60, TimeUnit.SECONDS);
      try (DurableEngine b = DurableEngine.open(source, rare)) {
        CompletableFuture<String> atB = b.outcome("first");
        go.complete(null);
        assertEquals("done", atB.get(60, TimeUnit.SECONDS));
      }
    }
  }

  /** Nobody polls for an hour: what comes in a minute was told. */
  @Test
  void nodes_hearOfWorkOfMessagesAndOfEnds() throws Exception {
    go = new CompletableFuture<>();
    begun = new CompletableFuture<>();
    DurableOptions rare = OPTIONS.workers(1).poll(Duration.ofHours(1));
    try (DurableEngine a = DurableEngine.open(source, rare);
        DurableEngine b = DurableEngine.open(source, rare)) {
      Run<String> first = a.start("first", () -> blocks());
      begun.get(60, TimeUnit.SECONDS);
      // One of the two is busy, and knows: the other does the rest, whoever is told of it.
      CompletableFuture<String> atA = soon(a.start("second", () -> answers()));
      a.send("second", "question", "a");
      assertEquals("a!", atA.get(60, TimeUnit.SECONDS));
      CompletableFuture<String> atB = soon(b.start("third", () -> answers()));
      b.send("third", "question", "b");
      assertEquals("b!", atB.get(60, TimeUnit.SECONDS));
      go.complete(null);
      assertEquals("done", soon(b.<String>run("first")).get(60, TimeUnit.SECONDS));
      assertEquals("done", soon(first).get(60, TimeUnit.SECONDS));
    }
  }
}
