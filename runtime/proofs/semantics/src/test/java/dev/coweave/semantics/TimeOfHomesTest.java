package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.Homes;
import dev.coweave.loop.TickLoop;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What runs on a loop's thread sleeps by that loop's clock, however it was started there: by real time these tests would last for hours. */
@Timeout(60)
class TimeOfHomesTest extends InVirtualTime {
  @Coroutine
  private void sleepsAndTimesOut() throws TimeoutException {
    Task.sleep(HOUR);
    log.add("slept");
    TimeoutException e =
        thrown(TimeoutException.class, () -> Task.timeout(HOUR, () -> Task.sleep(HOUR.plus(HOUR))));
    log.add("timed out " + e.getMessage().contains("PT1H"));
    Task.timeout(HOUR, () -> Task.yield()); // whose timer is withdrawn
  }

  @Coroutine
  private CompletableFuture<String> async() {
    Task.sleep(HOUR);
    return CompletableFuture.completedFuture("async");
  }

  private void assertAllOfIt() {
    assertLog("slept", "timed out true");
    assertElapsed(HOUR.plus(HOUR));
  }

  // ---- started in a loop as in an executor

  @Test
  void inALoopThatNobodyRunsYet() {
    EventLoop loop = EventLoop.create(clock);
    Task<Void> t = Task.start(loop, () -> sleepsAndTimesOut());
    loop.runAll();
    assertTrue(t.isDone());
    assertAllOfIt();
  }

  @Test
  void inALoopWithAThreadOfItsOwn() throws Exception {
    try (EventLoop loop = EventLoop.open("virtual", clock)) {
      Task<Void> t = Task.start(loop, "task", () -> sleepsAndTimesOut());
      t.get();
    }
    assertAllOfIt();
  }

  @Test
  void onTheLoopThatRuns_andAsAChild() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(EventLoop.current(), () -> Task.sleep(HOUR));
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(EventLoop.current(), "child", () -> sleepsAndTimesOut());
            scope.join();
          }
          t.await();
        });
    assertAllOfIt();
  }

  @Test
  void aChildOnAnotherLoop() throws Exception {
    try (EventLoop other = EventLoop.open("other", clock)) {
      EventLoop.run(
          () -> {
            try (TaskScope scope = TaskScope.open()) {
              scope.fork(other, () -> sleepsAndTimesOut());
              scope.join();
            }
          });
    }
    assertAllOfIt();
  }

  @Test
  void itIsTheLoopsOwn_soItEndsBeforeTheLoopIsClosed() {
    EventLoop loop = EventLoop.open("closed", clock);
    Task<Void> t = Task.start(loop, () -> Task.sleep(HOUR));
    loop.close();
    assertTrue(t.isDone() && !t.isCompletedExceptionally());
    assertThrows(RejectedExecutionException.class, () -> Task.start(loop, () -> Task.yield()));
  }

  @Test
  void byAClockOfTheOwners() {
    AtomicLong time = new AtomicLong();
    EventLoop loop = EventLoop.create(time::get);
    Task<Void> t = Task.start(loop, () -> Task.sleep(HOUR));
    assertTrue(loop.runNext(Duration.ZERO));
    assertFalse(t.isDone());
    time.addAndGet(HOUR.toNanos());
    while (loop.runNext(Duration.ZERO)) {
      Thread.onSpinWait();
    }
    assertTrue(t.isDone());
  }

  // ---- in an executor that hands its jobs to a loop

  @Test
  void inAnExecutorAroundALoop() throws Exception {
    run(
        () -> {
          EventLoop loop = EventLoop.current();
          Executor around = job -> loop.execute(job);
          Task<Void> t = Task.start(around, () -> sleepsAndTimesOut());
          t.await();
        });
    assertAllOfIt();
  }

  @Test
  void inAnExecutorThatRunsItsJobsAtOnce() throws Exception {
    run(
        () -> {
          Task<Void> t = Task.start(job -> job.run(), () -> sleepsAndTimesOut());
          t.await();
        });
    assertAllOfIt();
  }

  @Test
  void inAnExecutorAroundATickLoop() {
    TickLoop loop = new TickLoop();
    Task<Void> t = Task.start(job -> loop.execute(job), () -> sleepsAndTimesOut());
    loop.start(() -> Task.sleep(HOUR.multipliedBy(3)));
    while (loop.tick(Duration.ofMinutes(10))) {
      Thread.onSpinWait();
    }
    assertTrue(t.isDone());
    assertLog("slept", "timed out true");
  }

  // ---- an async method whose home is a loop, called between its turns

  @Test
  void ofATickLoop_betweenTicks() {
    TickLoop loop = new TickLoop();
    CompletableFuture<String> f;
    try (Homes.Registration unused = Homes.register(() -> loop)) {
      f = async();
    }
    loop.tick(HOUR.minusNanos(1));
    loop.tick();
    assertFalse(f.isDone());
    loop.tick(Duration.ofNanos(1));
    loop.tick(); // the job of its turn
    assertEquals("async", f.join());
  }

  @Test
  void ofALoopThatIsRunNowAndThen() {
    AtomicLong time = new AtomicLong();
    EventLoop loop = EventLoop.create(time::get);
    CompletableFuture<String> f;
    try (Homes.Registration unused = Homes.register(() -> loop)) {
      f = async();
    }
    boolean unused = loop.runNext(Duration.ZERO);
    assertFalse(f.isDone());
    time.addAndGet(HOUR.toNanos());
    for (int i = 0; i < 10; i++) {
      unused = loop.runNext(Duration.ZERO);
    }
    assertEquals("async", f.join());
  }
}
