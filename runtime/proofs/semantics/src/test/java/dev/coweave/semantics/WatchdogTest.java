package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.Clock;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

/** A step that keeps a loop from its other work is reported, with where it is; by the loop's clock, which these tests turn. */
class WatchdogTest {
  private final AtomicLong now = new AtomicLong();
  private final Clock clock = now::get;

  @Coroutine
  private static void work(CountDownLatch begun, CountDownLatch release) throws Exception {
    Task.yield();
    blocks(begun, release);
    Task.yield();
  }

  private static void blocks(CountDownLatch begun, CountDownLatch release) throws Exception {
    begun.countDown();
    release.await();
  }

  @Coroutine
  private static void serve(CountDownLatch begun, CountDownLatch release) throws Exception {
    work(begun, release);
    Task.yield();
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  /** Lets time pass in a step that runs, and waits until the watchdog has seen it; a little more passes before. */
  private void passAndSee(EventLoop loop, Duration time) throws InterruptedException {
    Duration before = loop.figures().longestStep();
    while (loop.figures().longestStep().equals(before)) {
      pass(Duration.ofMillis(1));
      TimeUnit.MILLISECONDS.sleep(1); // the watchdog's samples are taken in real time
    }
    pass(time);
    while (loop.figures().longestStep().compareTo(time) < 0) {
      TimeUnit.MILLISECONDS.sleep(1); // as above
    }
  }

  @Test
  void aStepThatIsTooLong_isReportedOnce_withItsStack() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch again = new CountDownLatch(1);
    try (Reports reports = new Reports();
        EventLoop loop = EventLoop.open("watched", clock)) {
      loop.reportSlowSteps(Duration.ofSeconds(5));
      Task<Void> slow = loop.start("slow", () -> serve(begun, release));
      begun.await();
      passAndSee(loop, Duration.ofSeconds(4));
      assertEquals(List.of(), reports.messages());
      pass(Duration.ofSeconds(2));
      String message = reports.await("in one step").get(0);
      passAndSee(loop, Duration.ofSeconds(60));
      assertEquals(1, reports.messages().size());
      assertEquals(Level.WARNING, reports.records().get(0).getLevel());
      release.countDown();
      slow.get(300, TimeUnit.SECONDS);
      String[] lines = message.split("\n");
      assertTrue(
          lines[0].matches(
              "event loop \"watched\" has been in one step for \\d+ ms, of Task\\[slow]"),
          message);
      assertEquals(
          "  because: the step blocks the loop's thread, or computes for long; what else is ready"
              + " has to wait",
          lines[1]);
      assertEquals(
          "  fix: Task.blocking(() -> …) for what blocks; Task.yield() now and then in what"
              + " computes",
          lines[2]);
      assertTrue(lines[3].contains("Unsafe.park"), message);
      String calls =
          message
              .replaceAll("(?s)^.*?(at dev.coweave.semantics)", "$1")
              .replaceAll("\\(.*?\\)", "")
              .replaceAll("lambda\\$[\\w$]+", "lambda");
      assertEquals(
          """
          at dev.coweave.semantics.WatchdogTest.blocks
                at dev.coweave.semantics.WatchdogTest.work
                at dev.coweave.semantics.WatchdogTest.serve
                at dev.coweave.semantics.WatchdogTest.lambda\
          """,
          calls);
      CountDownLatch second = new CountDownLatch(1);
      loop.execute(
          () -> {
            second.countDown();
            try {
              again.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
          });
      second.await();
      while (reports.messages().size() == 1) {
        pass(Duration.ofSeconds(1));
        TimeUnit.MILLISECONDS.sleep(1); // as above
      }
      assertTrue(reports.messages().get(1).contains(" ms, of a job\n"), reports.messages().get(1));
      again.countDown();
    } finally {
      release.countDown();
      again.countDown();
    }
  }

  @Test
  void aLimitOfZero_reportsNothing_butTheLongestStepIsKnown() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (Reports reports = new Reports();
        EventLoop loop = EventLoop.open("unwatched", clock)) {
      loop.reportSlowSteps(Duration.ZERO);
      loop.start("slow", () -> serve(begun, release));
      begun.await();
      passAndSee(loop, Duration.ofSeconds(60));
      release.countDown();
      assertEquals(List.of(), reports.messages());
    } finally {
      release.countDown();
    }
  }

  /** A program's only task may take its time: nobody waits for it. */
  @Test
  void aTaskThatIsAloneOnItsCallersThread_isNotReported() throws Exception {
    try (Reports reports = new Reports()) {
      EventLoop.run(
          clock,
          () -> {
            EventLoop loop = EventLoop.current();
            loop.reportSlowSteps(Duration.ofSeconds(1));
            Task.yield();
            passAndSee(loop, Duration.ofSeconds(10));
            assertEquals(List.of(), reports.messages());
            Task.start(() -> {});
            reports.await("in one step");
          });
    }
  }

  @Test
  void aLoopThatSleeps_isNotSlow() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CountDownLatch idle = new CountDownLatch(1);
    try (Reports reports = new Reports();
        EventLoop sleeps = EventLoop.open("sleeps", clock);
        EventLoop other = EventLoop.open("other", clock);
        AutoCloseable end = release::countDown) {
      sleeps.reportSlowSteps(Duration.ofMillis(1));
      other.reportSlowSteps(Duration.ZERO);
      sleeps.execute(idle::countDown);
      idle.await();
      other.start(() -> work(begun, release));
      begun.await();
      passAndSee(other, Duration.ofSeconds(60)); // so the watchdog has looked many times
      assertEquals(List.of(), reports.messages());
    }
  }

  @Test
  void aNegativeLimit_isRefused() {
    try (EventLoop loop = EventLoop.create(clock)) {
      assertThrows(
          IllegalArgumentException.class, () -> loop.reportSlowSteps(Duration.ofMillis(-1)));
    }
  }
}
