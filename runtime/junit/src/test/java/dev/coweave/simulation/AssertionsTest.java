package dev.coweave.simulation;

import static dev.coweave.junit.CoroutineAssertions.assertAll;
import static dev.coweave.junit.CoroutineAssertions.assertDoesNotThrow;
import static dev.coweave.junit.CoroutineAssertions.assertThrows;
import static dev.coweave.junit.CoroutineAssertions.assertThrowsExactly;
import static dev.coweave.junit.CoroutineAssertions.assertTimeout;
import static dev.coweave.junit.CoroutineAssertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.junit.CoroutineTest;
import dev.coweave.junit.Simulation;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.opentest4j.AssertionFailedError;
import org.opentest4j.MultipleFailuresError;

class AssertionsTest {
  @Coroutine
  private static String late(int seconds, Exception e) throws Exception {
    Task.sleep(Duration.ofSeconds(seconds));
    if (e != null) {
      throw e;
    }
    return "late";
  }

  @CoroutineTest
  void assertThrows_waits() {
    IOException e =
        assertThrows(IOException.class, () -> late(1, new FileNotFoundException("gone")));
    assertEquals("gone", e.getMessage());
    AssertionFailedError f =
        assertThrows(
            AssertionFailedError.class, () -> assertThrows(IOException.class, () -> late(1, null)));
    assertEquals(
        "Expected java.io.IOException to be thrown, but nothing was thrown.", f.getMessage());
    f =
        assertThrows(
            AssertionFailedError.class,
            () ->
                assertThrowsExactly(IOException.class, () -> late(1, new FileNotFoundException())));
    assertEquals(FileNotFoundException.class, f.getCause().getClass());
    assertThrows(
        AssertionFailedError.class,
        () -> assertDoesNotThrow(() -> late(1, new FileNotFoundException())));
    assertEquals("late", assertDoesNotThrow(() -> late(1, null)));
  }

  @CoroutineTest
  void times_areVirtual(Simulation sim) throws Exception {
    assertEquals("late", assertTimeout(Duration.ofSeconds(2), () -> late(2, null)));
    AssertionFailedError f =
        assertThrows(
            AssertionFailedError.class,
            () -> assertTimeout(Duration.ofSeconds(2), () -> late(5, null)));
    assertEquals("took longer than 2 s, by 3 s", f.getMessage());
    assertEquals(Duration.ofSeconds(7), sim.elapsed());
    f =
        assertThrows(
            AssertionFailedError.class,
            () -> assertTimeoutPreemptively(Duration.ofSeconds(2), () -> late(5, null)));
    assertEquals("timed out after 2 s", f.getMessage());
    assertEquals(Duration.ofSeconds(9), sim.elapsed());
    assertThrows(
        TimeoutException.class,
        () ->
            assertTimeoutPreemptively(
                Duration.ofSeconds(2), () -> late(1, new TimeoutException("the body's own"))));
  }

  @CoroutineTest
  void assertAll_runsAll() {
    List<Integer> ran = new ArrayList<>();
    MultipleFailuresError e =
        assertThrows(
            MultipleFailuresError.class,
            () ->
                assertAll(
                    "heading",
                    () -> assertEquals("late", late(1, null)),
                    () -> assertEquals(1, 2),
                    () -> late(1, new IOException("second")),
                    () -> ran.add(4)));
    assertEquals(2, e.getFailures().size());
    assertTrue(e.getMessage().startsWith("heading (2 failures)"), e.getMessage());
    assertEquals(List.of(4), ran);
  }

  @CoroutineTest
  void cancellation_isNoFailureOfTheLambda() {
    List<Throwable> thrown = new ArrayList<>();
    Task<Void> t =
        Task.start(
            () -> {
              try {
                assertAll(() -> late(10, null), () -> thrown.add(new AssertionError("went on")));
              } catch (TaskCancelled e) {
                thrown.add(e);
                throw e;
              }
            });
    Task.sleep(Duration.ofSeconds(1));
    t.cancel(false);
    assertThrows(java.util.concurrent.CancellationException.class, () -> Task.await(t));
    assertEquals(TaskCancelled.class, thrown.get(0).getClass());
    assertEquals(1, thrown.size());
  }

  @CoroutineTest
  void advanceTimeBy_runsAllThatIsDue(Simulation sim) {
    List<String> log = new ArrayList<>();
    Task<Void> a =
        Task.start(
            () -> {
              Task.sleep(Duration.ofSeconds(5));
              log.add("five");
              Task.yield();
              log.add("and after it");
              Task.sleep(Duration.ofNanos(1));
              log.add("later");
            });
    sim.advanceTimeBy(Duration.ofSeconds(5));
    assertEquals(List.of("five", "and after it"), log);
    assertEquals(Duration.ofSeconds(5), sim.elapsed());
    sim.advanceTimeBy(Duration.ofNanos(1));
    assertEquals("later", log.get(2));
    a.await();
  }
}
