package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;

class CrashesTest {
  /** What steps have done, with their keys: an attempt more is the same entry. */
  private static final Set<String> WORLD = Collections.synchronizedSet(new TreeSet<>());

  private static String act(String key, String what) {
    WORLD.add(what + " by " + key.substring(key.indexOf('-')));
    return what;
  }

  @Durable
  @Coroutine
  static int child(int n) {
    Durable.sleep("rest", Duration.ofHours(n));
    return Durable.step("count", () -> n * 10);
  }

  @Durable
  @Coroutine
  static List<Object> order(String id) throws java.sql.SQLException {
    List<Object> log = new ArrayList<>();
    try {
      log.add(Durable.step("charge", key -> act(key, "charge")));
      log.add(Durable.transaction("book", c -> booked(c)));
      log.addAll(Durable.awaitAll(Durable.startAll(List.of(1, 2), n -> id + n, n -> child(n))));
      Run<Integer> third = Durable.start(id + 3, () -> child(3));
      Durable.send(id, "note", "to myself");
      log.add(Durable.receive("note", String.class));
      log.add(third.await());
      throw new IllegalStateException("declined");
    } catch (IllegalStateException e) {
      log.add(Durable.step("refund", key -> act(key, "refund " + e.getMessage())));
    } finally {
      Durable.sleep("grace", Duration.ofDays(1));
    }
    return log;
  }

  private static int booked(java.sql.Connection c) throws java.sql.SQLException {
    try (var s = c.prepareStatement("INSERT INTO coweave_queue VALUES ('booked', 1, 0)")) {
      return s.executeUpdate(); // a second one would be refused: it is the key
    }
  }

  @Test
  void runComesToTheSame_whereverItsNodeEnds() {
    int moments =
        Crashes.atEachMoment(
            engine -> {
              WORLD.clear();
              Run<List<Object>> run = engine.start("o", () -> order("o"));
              engine.advance(Duration.ofDays(2));
              assertEquals(
                  List.of("charge", 1, 10, 20, "to myself", 30, "refund declined"), run.join());
              assertEquals(2, WORLD.size(), WORLD::toString);
            });
    assertTrue(moments >= 30, moments + " moments");
  }

  @Durable
  @Coroutine
  static int careless() {
    int id = ThreadLocalRandom.current().nextInt(1_000_000); // not in a step of its own
    Durable.step("create", () -> WORLD.add("account " + id));
    return id;
  }

  @Test
  void choiceThatIsNotStored_isFound() {
    AssertionError e =
        assertThrows(
            AssertionError.class,
            () ->
                Crashes.atEachMoment(
                    engine -> {
                      WORLD.clear();
                      int id = engine.start("c", () -> careless()).join();
                      assertEquals(Set.of("account " + id), Set.copyOf(WORLD));
                    }));
    assertTrue(
        e.getMessage().startsWith("the scenario fails with a crash at moment 2"), e.getMessage());
  }
}
