package dev.coweave.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.SeedFailure;
import dev.coweave.sync.Channel;
import dev.coweave.task.TaskScope;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What seeds find, and how they repeat it. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class SeedsTest {
  private static final int RALLY = 20;
  private static final Pattern SEED = Pattern.compile("-Dcoweave.seed=(\\S+)");

  @AfterEach
  void clear() {
    System.clearProperty("coweave.seed");
    System.clearProperty("coweave.seeds");
    System.clearProperty("coweave.seedBase");
  }

  private static String failure(Class<?> c, String method) {
    return Objects.requireNonNull(Launched.method(c, method).failure().getMessage());
  }

  @Test
  void lostUpdate_isFoundShrunkAndRepeated() {
    Throwable t = Launched.method(Fixtures.Racing.class, "keepsBooks").failure();
    SeedFailure f = assertInstanceOf(SeedFailure.class, t);
    assertEquals(70, f.getExpected().getValue());
    assertTrue(
        Arrays.stream(f.getStackTrace()).anyMatch(e -> e.getMethodName().equals("keepsBooks")));
    String text = Objects.requireNonNull(f.getMessage());
    Matcher m = SEED.matcher(text);
    assertTrue(m.find());
    String whole = m.group(1);
    String fewest = m.find() ? m.group(1) : whole;
    assertTrue(fewest.split(",").length <= 2, text);
    String steps = text.substring(text.indexOf("what happened"));

    System.setProperty("coweave.seed", whole);
    String again = failure(Fixtures.Racing.class, "keepsBooks");
    assertEquals(steps, again.substring(again.indexOf("what happened")));
    System.setProperty("coweave.seed", fewest);
    again = failure(Fixtures.Racing.class, "keepsBooks");
    assertEquals(steps, again.substring(again.indexOf("what happened")));
  }

  @Test
  void workersAndExecutors_areDecidedToo() {
    String text = failure(Fixtures.Blocking.class, "isDecided");
    assertTrue(text.contains("a worker"), text);
    text = failure(Fixtures.Blocking.class, "executorsAreDecided");
    assertTrue(text.contains("a job of pool"), text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "tasksOfExecutorsSleepInVirtualTime",
        "tasksThatAreStartedInLoopsToo",
        "tasksInExecutorsAroundThoseToo",
        "asyncMethodsInJobsToo",
        "otherThreadsHandJobsIn",
        "aJobThatWouldWaitIsRefused"
      })
  void whateverRunsThere_goesByVirtualTime(String test) {
    assertEquals(1, Launched.method(Fixtures.Blocking.class, test).passed());
  }

  @Test
  void whoHelpsFromOutside_isWaitedFor_inWhicheverSeed() {
    assertEquals(1, Launched.classOf(Fixtures.LateHelp.class).passed());
  }

  @Test
  void aBudget_endsThem() {
    assertEquals(1, Launched.classOf(Fixtures.Budgeted.class).passed());
    assertTrue(Fixtures.Budgeted.RUNS.get() > 2);
  }

  @Test
  void anAssumption_skipsTheSeedsThatItDoesntHoldIn() {
    Fixtures.LOG.clear();
    assertEquals(1, Launched.classOf(Fixtures.Assuming.class).passed());
    assertTrue(Fixtures.LOG.containsAll(List.of("seed 0", "seed 2", "seed 4")));
  }

  /** Two send items to and fro. */
  @Coroutine
  private static void rally(String name, StringBuilder log) throws Exception {
    Channel<Integer> there = new Channel<>(1);
    Channel<Integer> back = new Channel<>(1);
    try (TaskScope scope = TaskScope.open()) {
      scope.fork(
          () -> {
            for (int i = 0; i < RALLY; i++) {
              back.send(there.receive());
              log.append(name);
            }
          });
      for (int i = 0; i < RALLY; i++) {
        there.send(i);
        int unused = back.receive();
      }
      scope.join();
    }
  }

  /** A walk that chooses at random after each step comes there with a chance of 1 in 2 to the 20th or less. */
  @Test
  void priorities_letOneRunFromItsBeginningToItsEnd_inTheMiddleOfAnother() throws Exception {
    AtomicInteger found = new AtomicInteger();
    CoroutineTests.run(
        200,
        sim -> {
          StringBuilder log = new StringBuilder();
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(sim.loop("one"), () -> rally("a", log));
            scope.fork(sim.loop("other"), () -> rally("b", log));
            scope.join();
          }
          if (log.toString().matches("a+b{" + RALLY + "}a+|b+a{" + RALLY + "}b+")) {
            found.incrementAndGet();
          }
        });
    assertTrue(found.get() > 0);
  }

  @Test
  void unsteadyTests_areTold() {
    String text = failure(Fixtures.Unsteady.class, "countsRuns");
    assertTrue(text.startsWith("COWEAVE-476: two runs of seed 1 differ\n"), text);
    assertTrue(text.contains("differ first in step"), text);
    text = failure(Fixtures.Unsteady.class, "differsNowAndThen");
    assertTrue(text.startsWith("COWEAVE-476: two runs of seed 16 differ\n"), text);
    Fixtures.Unsteady.RUNS.set(0);
    text = failure(Fixtures.Unsteady.class, "failsOnce");
    assertTrue(text.contains("but a second run of the seed doesn't fail"), text);
  }

  @Test
  void numberAndBase_comeFromOutside() {
    System.setProperty("coweave.seeds", "3");
    System.setProperty("coweave.seedBase", "20261126000");
    assertEquals(1, Launched.classOf(Fixtures.LifeCycle.class).passed());
    System.setProperty("coweave.seeds", "many");
    String text = failure(Fixtures.LifeCycle.class, "uses");
    assertTrue(text.contains("COWEAVE-477: coweave.seeds=many"), text);
  }
}
