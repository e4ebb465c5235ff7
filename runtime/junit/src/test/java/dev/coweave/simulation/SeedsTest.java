package dev.coweave.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.junit.SeedFailure;
import java.util.Arrays;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** What seeds find, and how they repeat it. */
@ResourceLock(Resources.SYSTEM_PROPERTIES)
class SeedsTest {
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
    assertEquals(
        1, Launched.method(Fixtures.Blocking.class, "tasksOfExecutorsSleepInVirtualTime").passed());
    assertEquals(
        1, Launched.method(Fixtures.Blocking.class, "tasksThatAreStartedInLoopsToo").passed());
  }

  @Test
  void whoHelpsFromOutside_isWaitedFor_inWhicheverSeed() {
    assertEquals(1, Launched.classOf(Fixtures.LateHelp.class).passed());
  }

  @Test
  void unsteadyTests_areTold() {
    String text = failure(Fixtures.Unsteady.class, "countsRuns");
    assertTrue(text.startsWith("COWEAVE-476: two runs of seed 1 differ\n"), text);
    assertTrue(text.contains("differ first in step"), text);
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
