package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The kit for tests with two nodes over one database in memory, in one virtual time. */
@Timeout(120)
class TwoNodesTest {
  private static final List<String> LOG = new CopyOnWriteArrayList<>();
  private static final DurableOptions OPTIONS = DurableOptions.defaults().reload(true);

  private final DurableEngine a = DurableEngine.inMemory();
  private final DurableEngine b = a.another(OPTIONS);

  @BeforeEach
  void clear() {
    LOG.clear();
  }

  @AfterEach
  void close() {
    a.close();
    b.close();
  }

  /** A service that each node has, under one name. */
  static final class Post {
    private final String node;

    Post(String node) {
      this.node = node;
    }

    @Durable
    @Coroutine
    String remind(int times) {
      for (int i = 0; i < times; i++) {
        int n = i;
        Durable.step("send", () -> LOG.add(node + n));
        Durable.sleep("a day", Duration.ofDays(1));
      }
      return "reminded by " + node;
    }
  }

  private void register() {
    a.service("post", new Post("a"));
    b.service("post", new Post("b"));
  }

  @Test
  void nodeThatCrashes_leavesItsRunsToTheOther_whenItsLeaseEnds() {
    register();
    Post post = new Post("c");
    b.service("other", post);
    assertThrows(DurableException.class, () -> a.start("r", () -> post.remind(1)));
    Post mine = new Post("mine");
    a.service("mine", mine);
    Run<String> run = a.start("r", () -> mine.remind(1)); // b hasn't got it
    a.settle();
    a.crash();
    assertFalse(a.isHealthy());
    b.advance(Duration.ofDays(2));
    assertEquals(RunStatus.ACTIVE, b.status("r"));
    b.service("mine", new Post("b"));
    b.settle();
    assertEquals("reminded by b", b.run("r").join());
    assertEquals(List.of("mine0"), LOG);
  }

  /** Whoever takes it first; the other may have to leave it. */
  @Test
  void settle_waitsForTheNodeThatHasWhatARunNeeds() {
    Post mine = new Post("mine");
    a.service("mine", mine);
    for (int i = 0; i < 50; i++) {
      String id = "r" + i;
      Run<String> unused = a.start(id, () -> mine.remind(1));
      b.settle();
      assertEquals(i + 1, LOG.size());
    }
  }

  private static CountDownLatch begun = new CountDownLatch(1);
  private static CountDownLatch go = new CountDownLatch(1);

  @Durable
  @Coroutine
  static String charge() throws InterruptedException {
    return Durable.step(
        "charge",
        key -> {
          LOG.add(key);
          if (LOG.size() == 1) {
            begun.countDown();
            go.await();
          }
          return "charged";
        });
  }

  @Test
  void stepThatRanAtTheCrash_isRepeatedWithItsKey_afterTheLease() throws Exception {
    begun = new CountDownLatch(1);
    go = new CountDownLatch(1);
    DurableEngine first = DurableEngine.inMemory(OPTIONS.lease(Duration.ofSeconds(20)));
    Run<String> run = first.start("r", () -> charge());
    begun.await();
    try (DurableEngine second = first.another(OPTIONS)) {
      first.crash();
      second.advance(Duration.ofSeconds(20));
      assertEquals(1, LOG.size()); // the lease isn't over yet
      second.advance(Duration.ofSeconds(1));
      assertEquals("charged", second.run("r").join());
      go.countDown(); // what the dead do is lost
      second.settle();
      assertEquals(2, LOG.size());
      assertEquals(LOG.get(0), LOG.get(1));
    } finally {
      first.close();
    }
  }

  @Test
  void nodeThatIsClosed_handsItsRunsOver() {
    register();
    Post post = new Post("a");
    DurableEngine first = DurableEngine.inMemory();
    try (DurableEngine second = first.another(OPTIONS)) {
      first.service("post", post);
      second.service("post", new Post("second"));
      first.start("r", () -> post.remind(3));
      first.advance(Duration.ofDays(1));
      first.close();
      second.advance(Duration.ofDays(2));
      assertEquals("reminded by second", second.run("r").join());
      assertEquals(3, LOG.size());
    }
  }

  @Durable
  @Coroutine
  static int sum(int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) {
      int k = i;
      sum += Durable.<Integer, RuntimeException>step("add", () -> k);
      Durable.sleep("nap", Duration.ofHours(1));
    }
    return sum;
  }

  @Test
  void olderNode_doesNotTakeARunOfTheNewer() {
    try (DurableEngine old = DurableEngine.inMemory(OPTIONS.generation(1));
        DurableEngine young = old.another(OPTIONS.generation(2))) {
      young.start("r", () -> sum(3));
      young.settle();
      young.crash();
      old.advance(Duration.ofDays(1));
      assertEquals(RunStatus.ACTIVE, old.status("r"));
      try (DurableEngine next = old.another(OPTIONS.generation(3))) {
        next.settle();
        next.advance(Duration.ofDays(1));
        assertEquals(3, next.<Integer>run("r").join());
      }
    }
  }

  @Test
  void runComesToTheSame_whereverItsNodeEnds_besideAnother() {
    int moments =
        Crashes.atEachMoment(
            engine -> {
              try (DurableEngine other = engine.another(OPTIONS)) {
                Run<Integer> run = engine.start("r", () -> sum(3));
                engine.advance(Duration.ofHours(3));
                assertEquals(3, other.<Integer>run("r").join());
                assertEquals(3, run.join());
              }
            });
    assertTrue(moments > 6, "moments " + moments);
  }

  @Test
  void bothNodes_work() {
    for (int i = 0; i < 40; i++) {
      (i % 2 == 0 ? a : b).start("r" + i, () -> sum(3));
    }
    b.advance(Duration.ofHours(3));
    for (int i = 0; i < 40; i++) {
      assertEquals(3, a.<Integer>run("r" + i).join());
    }
  }
}
