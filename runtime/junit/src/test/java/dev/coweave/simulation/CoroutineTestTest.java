package dev.coweave.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code @CoroutineTest} promises, by test classes that JUnit runs. */
class CoroutineTestTest {
  @BeforeEach
  void clear() {
    Fixtures.LOG.clear();
  }

  @Test
  void testsRunInVirtualTime_withJUnitsParameters() {
    assertEquals(4, Launched.classOf(Fixtures.Passing.class).passed());
  }

  @Test
  void annotationsMadeOfIt_areTestsToo() {
    assertEquals(2, Launched.classOf(Fixtures.Composed.class).passed());
    assertTrue(Fixtures.LOG.containsAll(List.of("once 0", "once 4", "twice 0", "twice 4")));
  }

  @Test
  void beforeTestAndAfter_areOneWorld_freshInEachSeed() {
    assertEquals(1, Launched.classOf(Fixtures.LifeCycle.class).passed());
    assertTrue(Fixtures.LOG.size() >= 20);
    assertEquals(
        List.of("connect at PT1S, uses at PT2S, disconnect at PT3S"),
        Fixtures.LOG.stream().distinct().toList());
  }

  @Test
  void nestedClasses_haveFreshInstancesAllTheWay() {
    assertEquals(1, Launched.classOf(Fixtures.Outer.class).passed());
  }

  @Test
  void sharedInstance_staysShared() {
    assertEquals(1, Launched.classOf(Fixtures.Shared.class).passed());
    assertEquals(List.of("at least ten: true"), Fixtures.LOG);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "isThere",
        "primitivesAreToo",
        "extensionsAreThoseThatJUnitCalls",
        "whatTheTestItselfPutsThereIsGone"
      })
  void fieldsThatOthersInject_areInjectedInEachSeed(String test) {
    assertEquals(1, Launched.method(Fixtures.Injected.class, test).passed());
  }

  @Test
  void extensionsOfOthers_endAfterTheLastSeed() {
    assertEquals(1, Launched.classOf(Fixtures.ExtendedFirst.class).passed());
  }

  @Test
  void extension_runsOtherKindsOfTests() {
    assertEquals(9, Launched.classOf(Fixtures.OtherKinds.class).passed());
  }

  @Test
  void dynamicTests() {
    Launched l = Launched.classOf(Fixtures.Dynamic.class);
    assertTrue(l.failure("leaking").getMessage().startsWith("COWEAVE-474"));
    l.results.remove("leaking");
    assertEquals(2, l.passed());
  }

  @Test
  void parallelTests_dontSeeEachOther() {
    assertEquals(2, Launched.classOf(Fixtures.Parallel.class).passed());
  }

  // ---- what fails

  @Test
  void aTestThatJUnitDoesntCall_isntRepeated() {
    Throwable t = Launched.classOf(Fixtures.NotCalled.class).failure();
    assertEquals(ParameterResolutionException.class, t.getClass());
    assertEquals(List.of("before"), Fixtures.LOG);
  }

  @Test
  void leakedTask_isShown() {
    assertText(
        """
        COWEAVE-474: a task was still there when the test had ended
          event loop "test": 1 task
            poller: waiting in Task.sleep, for 1 s
                at dev.coweave.simulation.Fixtures$Leaking.lambda$leaks$0(Fixtures.java)
          because: nobody waits for it any more, so whatever goes wrong there would go unseen
          fix: await it, fork it in a TaskScope, or cancel it in @AfterEach; what stays up to the end belongs on a node: sim.node(name, () -> …)\
        """,
        Launched.classOf(Fixtures.Leaking.class).failure());
  }

  @Test
  void jobThatRepeats_isShown_andEnds() {
    Launched l = Launched.classOf(Fixtures.Repeating.class);
    assertText(
        """
        COWEAVE-474: a job that repeats was still there when the test had ended
          event loop "ui"
          because: it would go on for ever
          fix: cancel its future, in @AfterEach at the latest\
        """,
        l.failure("leavesAJob"));
    assertEquals("the test's own", l.failure("failsBesideAJob").getMessage());
    assertEquals(4, Fixtures.LOG.stream().filter("tick"::equals).count());
  }

  @Test
  void failureThatNobodyAskedFor_failsTheTest() {
    Launched l = Launched.classOf(Fixtures.Unasked.class);
    assertText(
        """
        COWEAVE-475: a task failed unasked: java.lang.IllegalStateException: disk full
            Task[writer] failed, and nobody asked for its outcome: java.lang.IllegalStateException: disk full
          because: outside a test such a failure would only be logged
          fix: await the task, or catch in it what may go wrong\
        """,
        l.failure("fails"));
    assertEquals("disk full", l.failure("fails").getSuppressed()[0].getMessage());
    assertTrue(l.failure("jobFails").getMessage().contains("a job of event loop \"ui\""));
  }

  @Test
  void deadlock_isTold() {
    String text = normal(Launched.classOf(Fixtures.Deadlocked.class).failure());
    assertTrue(
        text.startsWith(
            """
            COWEAVE-471: deadlock: each task waits for another, and no timer will wake one
              event loop "test": 3 tasks
                test: waiting in Task.await of a
            """),
        text);
    assertTrue(text.contains("    a: waiting in Mutex.lock of Mutex@ held by Task[b]\n"), text);
    assertTrue(text.contains("  deadlock, each waits for the next: a -> b -> a\n"), text);
  }

  @Test
  void timeouts_showTheTree() {
    Launched l = Launched.classOf(Fixtures.Timed.class);
    assertText(
        """
        COWEAVE-472: the test has not ended after 60 s of virtual time
          event loop "test": 1 task
            test: waiting in Task.sleep
                at dev.coweave.simulation.Fixtures$Timed.waitsTooLong(Fixtures.java)
          because: what it waits for hasn't come, and timers alone keep it going
          fix: see what each task waits for; @CoroutineTest(timeout = …) if it needs more seconds\
        """,
        l.failure("waitsTooLong"));
    assertTrue(
        normal(l.failure("waitsForNobody"))
            .startsWith("COWEAVE-473: a task waits for something that nobody brings\n"));
    String blocked = normal(l.failure("blocksForATask"));
    assertTrue(blocked.contains("  a worker is in\n"), blocked);
    assertTrue(blocked.contains("Fixtures$Timed.lambda$blocksForATask"), blocked);
    assertFalse(blocked.contains("org.junit"), blocked);
    for (String test : List.of("neverWaits", "letsOthersRunForEver")) {
      String text = normal(l.failure(test));
      assertTrue(
          text.startsWith("COWEAVE-473: a run has not ended after 1 s of real time\n"), text);
      assertTrue(text.contains("Fixtures$Timed." + test + "(Fixtures.java)"), text);
    }
  }

  @Test
  void aSimulation_belongsToItsTasks() {
    Launched l = Launched.classOf(Fixtures.Misused.class);
    String text = normal(l.failure("elsewhere"));
    assertTrue(text.startsWith("COWEAVE-409: a Simulation is used on Thread["), text);
    text = normal(l.failure("later"));
    assertTrue(text.startsWith("COWEAVE-409: a Simulation is used when it has ended\n"), text);
  }

  private static void assertText(String expected, Throwable actual) {
    assertEquals(expected, normal(actual));
  }

  /** Without line numbers and identities. */
  private static String normal(Throwable t) {
    return Objects.requireNonNull(t.getMessage())
        .replaceAll("\\.java:\\d+", ".java")
        .replaceAll("@[0-9a-f]+", "@");
  }
}
