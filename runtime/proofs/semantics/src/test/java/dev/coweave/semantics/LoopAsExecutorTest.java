package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A loop is a ScheduledExecutorService, so that every Java library can use it. */
class LoopAsExecutorTest extends InVirtualTime {
  private final EventLoop loop = EventLoop.create(clock);

  @Test
  void execute_runsJobsInTheirOrder_amongTheTasks() {
    loop.execute(() -> log.add("first"));
    loop.start(() -> log.add("task"));
    loop.execute(() -> log.add("last"));
    loop.runAll();
    assertLog("first", "task", "last");
  }

  @Test
  void submit_givesAFuture_ofTheJobsValueOrFailure() throws Exception {
    IOException failure = new IOException();
    Future<String> value = loop.submit(() -> "value");
    Future<Object> failed =
        loop.submit(
            (Callable<Object>)
                () -> {
                  throw failure;
                });
    loop.runAll();
    assertEquals("value", value.get());
    assertSame(failure, assertThrows(ExecutionException.class, failed::get).getCause());
  }

  @Test
  void aJobThatThrows_disturbsNobody() {
    List<Throwable> uncaught = new ArrayList<>();
    Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
    Thread.currentThread().setUncaughtExceptionHandler((t, e) -> uncaught.add(e));
    try {
      IllegalStateException failure = new IllegalStateException();
      loop.execute(
          () -> {
            throw failure;
          });
      loop.execute(() -> log.add("next"));
      loop.runAll();
      assertEquals(List.of(failure), uncaught);
    } finally {
      Thread.currentThread().setUncaughtExceptionHandler(before);
    }
    assertLog("next");
  }

  @Test
  void schedule_runsAtItsTime_inTheOrderOfTime() throws Exception {
    loop.schedule(() -> log.add("2 s"), 2, TimeUnit.SECONDS);
    ScheduledFuture<String> one =
        loop.schedule(
            () -> {
              log.add("1 s");
              return "value";
            },
            1,
            TimeUnit.SECONDS);
    loop.schedule(() -> log.add("at once"), -1, TimeUnit.SECONDS);
    assertEquals(1000, one.getDelay(TimeUnit.MILLISECONDS));
    loop.runAll();
    assertLog("at once", "1 s", "2 s");
    assertEquals("value", one.get());
    assertElapsed(Duration.ofSeconds(2));
  }

  @Test
  void schedule_cancelled_doesNotRun_andLeavesNothingToWaitFor() {
    ScheduledFuture<?> f = loop.schedule(() -> log.add("never"), 1, TimeUnit.HOURS);
    assertTrue(f.cancel(false));
    loop.runAll();
    assertLog();
    assertElapsed(Duration.ZERO);
    assertThrows(CancellationException.class, f::get);
  }

  @Test
  void atAFixedRate_countsFromStartToStart_withAFixedDelay_fromEndToStart() throws Exception {
    run(
        () -> {
          EventLoop here = EventLoop.current();
          ScheduledFuture<?> rate =
              here.scheduleAtFixedRate(
                  () -> log.add("rate " + clock.elapsed().toSeconds()), 1, 2, TimeUnit.SECONDS);
          Task.sleep(Duration.ofSeconds(6));
          rate.cancel(false);
          assertLog("rate 1", "rate 3", "rate 5");
          ScheduledFuture<?> delay =
              here.scheduleWithFixedDelay(
                  () -> log.add("delay " + clock.elapsed().toSeconds()), 0, 2, TimeUnit.SECONDS);
          Task.sleep(Duration.ofSeconds(3));
          assertTrue(delay.cancel(false));
          assertTrue(delay.isCancelled());
          Task.sleep(HOUR);
        });
    assertEquals(List.of("delay 6", "delay 8"), log.subList(3, log.size()));
  }

  @Test
  void aPeriodicJobThatThrows_isNotRepeated() throws Exception {
    run(
        () -> {
          ScheduledFuture<?> f =
              EventLoop.current()
                  .scheduleAtFixedRate(
                      () -> {
                        log.add("once");
                        throw new IllegalStateException();
                      },
                      1,
                      1,
                      TimeUnit.SECONDS);
          Task.sleep(HOUR);
          assertThrows(ExecutionException.class, f::get);
        });
    assertLog("once");
  }

  @Test
  void aPeriodicJob_mayCancelItself() throws Exception {
    run(
        () -> {
          CompletableFuture<ScheduledFuture<?>> itself = new CompletableFuture<>();
          itself.complete(
              EventLoop.current()
                  .scheduleAtFixedRate(
                      () -> {
                        log.add("once");
                        itself.join().cancel(false);
                      },
                      1,
                      1,
                      TimeUnit.SECONDS));
          Task.sleep(HOUR);
        });
    assertLog("once");
  }

  @Test
  void aTask_mayAwaitAJob() throws Exception {
    run(
        () -> {
          Future<String> job = EventLoop.current().submit(() -> "value");
          assertEquals("value", Task.await(job));
          assertEquals(
              "value",
              Task.await(CompletableFuture.supplyAsync(() -> "value", EventLoop.current())));
        });
  }

  @Test
  void waitingForAJob_onTheLoopsOwnThread_isAnError_notAHang() throws Exception {
    run(
        () -> {
          EventLoop here = EventLoop.current();
          Future<String> job = here.submit(() -> "value");
          IllegalStateException e = thrown(IllegalStateException.class, () -> job.get());
          assertEquals(
              """
              Future.get on the loop's own thread
                because: it would wait for itself
                fix: Task.await(future), in a @Coroutine""",
              e.getMessage());
          thrown(IllegalStateException.class, () -> job.get(1, TimeUnit.HOURS));
          ScheduledFuture<String> later = here.schedule(() -> "value", 1, TimeUnit.SECONDS);
          thrown(IllegalStateException.class, () -> later.get());
          assertEquals("value", Task.await(job));
          assertEquals("value", job.get());
          Task.sleep(HOUR);
          assertEquals("value", later.get());
        });
  }

  @Test
  void invokeAllAndAny_waitOutside_andAreErrorsInside() throws Exception {
    List<Callable<String>> jobs = List.of(() -> "a", () -> "b");
    try (EventLoop other = EventLoop.open("other")) {
      List<String> values = new ArrayList<>();
      for (Future<String> f : other.invokeAll(jobs)) {
        values.add(f.get());
      }
      assertEquals(List.of("a", "b"), values);
      assertEquals("a", other.invokeAny(jobs));
    }
    run(
        () -> {
          EventLoop here = EventLoop.current();
          thrown(IllegalStateException.class, () -> here.invokeAll(jobs));
          thrown(IllegalStateException.class, () -> here.invokeAll(jobs, 1, TimeUnit.HOURS));
          thrown(IllegalStateException.class, () -> here.invokeAny(jobs));
          thrown(IllegalStateException.class, () -> here.invokeAny(jobs, 1, TimeUnit.HOURS));
          thrown(IllegalStateException.class, () -> here.awaitTermination(1, TimeUnit.HOURS));
        });
  }

  @Test
  void periodsAndJobs_areChecked() {
    assertThrows(
        IllegalArgumentException.class,
        () -> loop.scheduleAtFixedRate(() -> {}, 0, 0, TimeUnit.SECONDS));
    assertThrows(
        IllegalArgumentException.class,
        () -> loop.scheduleWithFixedDelay(() -> {}, 0, -1, TimeUnit.SECONDS));
    assertThrows(NullPointerException.class, () -> loop.execute(null));
    assertThrows(
        NullPointerException.class, () -> loop.schedule((Runnable) null, 1, TimeUnit.SECONDS));
  }

  // ---- shutdown

  @Test
  void shutdown_runsDelayedJobs_cancelsPeriodicOnes_andRefusesMore() {
    ScheduledFuture<?> delayed = loop.schedule(() -> log.add("delayed"), 1, TimeUnit.SECONDS);
    ScheduledFuture<?> periodic =
        loop.scheduleAtFixedRate(() -> log.add("never"), 1, 1, TimeUnit.SECONDS);
    loop.execute(() -> log.add("job"));
    loop.shutdown();
    assertTrue(loop.isShutdown());
    assertFalse(loop.isTerminated());
    assertTrue(periodic.isCancelled());
    assertThrows(RejectedExecutionException.class, () -> loop.execute(() -> log.add("refused")));
    assertThrows(
        RejectedExecutionException.class,
        () -> loop.schedule(() -> log.add("refused"), 1, TimeUnit.SECONDS));
    assertThrows(RejectedExecutionException.class, () -> loop.start(() -> log.add("refused")));
    loop.runAll();
    assertTrue(delayed.isDone());
    assertTrue(loop.isTerminated());
    assertLog("job", "delayed");
  }

  @Test
  void shutdown_acceptsWhatAcceptedWorkDoes() {
    loop.execute(
        () -> {
          log.add("job");
          loop.execute(() -> log.add("job of the job"));
          loop.schedule(() -> log.add("later"), 1, TimeUnit.SECONDS);
        });
    loop.shutdown();
    loop.runAll();
    assertLog("job", "job of the job", "later");
  }

  @Test
  void shutdownNow_givesTheJobsThatHaveNotBegun_andCancelsFutures() {
    Runnable job = () -> log.add("never");
    loop.execute(job);
    Future<String> submitted = loop.submit(() -> "never");
    ScheduledFuture<?> delayed = loop.schedule(job, 1, TimeUnit.SECONDS);
    List<Runnable> left = loop.shutdownNow();
    assertSame(job, left.get(0));
    assertEquals(3, left.size());
    assertTrue(submitted.isCancelled());
    assertTrue(delayed.isCancelled());
    loop.runAll();
    assertTrue(loop.isTerminated());
    assertLog();
  }

  @Test
  void awaitTermination_tellsWhetherItHas() throws Exception {
    loop.start(() -> log.add("task"));
    loop.shutdown();
    assertFalse(loop.awaitTermination(1, TimeUnit.MILLISECONDS));
    loop.runAll();
    assertTrue(loop.awaitTermination(1, TimeUnit.HOURS));
    assertNull(loop.shutdownNow().stream().findAny().orElse(null));
  }
}
