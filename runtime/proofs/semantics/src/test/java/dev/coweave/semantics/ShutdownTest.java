package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.Clock;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is accepted ends, what is refused leaves nothing behind, and a loop that has nothing to do has terminated. */
class ShutdownTest extends InVirtualTime {
  private final EventLoop loop = EventLoop.create(clock);

  @Test
  void aLoopThatNobodyRuns_terminatesAtOnce_whereNothingIsLeft() throws Exception {
    assertTrue(loop.schedule(() -> log.add("never"), 1, TimeUnit.HOURS).cancel(false));
    loop.shutdown();
    assertTrue(loop.isTerminated());
    assertTrue(loop.awaitTermination(1, TimeUnit.HOURS));
  }

  @Test
  void aLoopThatNobodyRuns_terminatesAtOnce_ifShutdownNowLeavesNothing() {
    loop.execute(() -> log.add("never"));
    loop.schedule(() -> log.add("never"), 1, TimeUnit.HOURS);
    assertEquals(2, loop.shutdownNow().size());
    assertTrue(loop.isTerminated());
    loop.close();
    assertLog();
  }

  @Test
  void aLoopThatNobodyRuns_andHasATask_terminatesWhenThatHasEnded() {
    Task<?> task = loop.start(() -> noteEnd());
    loop.shutdownNow();
    assertFalse(loop.isTerminated());
    loop.runAll();
    assertTrue(loop.isTerminated());
    assertTrue(task.isCancelled());
    assertLog("finally");
  }

  @Coroutine
  private void noteEnd() {
    try {
      Task.sleep(HOUR);
    } finally {
      log.add("finally");
    }
  }

  @Test
  void aJobThatHasBegun_isNotAmongThoseThatShutdownNowGives() throws Exception {
    List<Runnable> left = new ArrayList<>();
    ScheduledFuture<String> once =
        loop.schedule(
            () -> {
              left.addAll(loop.shutdownNow());
              return "done";
            },
            1,
            TimeUnit.SECONDS);
    loop.runAll();
    assertEquals(List.of(), left);
    assertEquals("done", once.get());
  }

  @Test
  void acceptedWork_handsInNoPeriodicJob_whenTheLoopEnds() {
    loop.execute(
        () -> {
          assertThrows(
              RejectedExecutionException.class,
              () -> loop.scheduleAtFixedRate(() -> log.add("never"), 1, 1, TimeUnit.SECONDS));
          loop.schedule(() -> log.add("once"), 1, TimeUnit.SECONDS);
        });
    loop.shutdown();
    loop.runAll();
    assertTrue(loop.isTerminated());
    assertLog("once");
  }

  @Test
  void afterShutdownNow_notEvenAcceptedWork_handsInJobs() {
    loop.execute(
        () -> {
          assertEquals(List.of(), loop.shutdownNow());
          assertThrows(RejectedExecutionException.class, () -> loop.execute(() -> log.add("job")));
          assertThrows(
              RejectedExecutionException.class,
              () -> loop.schedule(() -> log.add("later"), 1, TimeUnit.SECONDS));
        });
    loop.runAll();
    assertTrue(loop.isTerminated());
    assertLog();
  }

  @Test
  void aHandlerOfFailures_thatFails_disturbsNobody() {
    Thread.UncaughtExceptionHandler before = Thread.currentThread().getUncaughtExceptionHandler();
    Thread.currentThread()
        .setUncaughtExceptionHandler(
            (t, e) -> {
              throw new IllegalStateException("the handler's");
            });
    try {
      loop.execute(
          () -> {
            throw new IllegalStateException("the job's");
          });
      loop.execute(() -> log.add("next"));
      loop.close();
    } finally {
      Thread.currentThread().setUncaughtExceptionHandler(before);
    }
    assertLog("next");
  }

  @Test
  void run_endsTheJobsThatItLeaves_asTheTasks() throws Exception {
    List<Future<?>> left = new ArrayList<>();
    run(
        () -> {
          EventLoop here = EventLoop.current();
          here.execute(() -> log.add("executed, for nobody would be told"));
          left.add(here.submit(() -> log.add("never")));
          left.add(here.schedule(() -> log.add("never"), 1, TimeUnit.HOURS));
          left.add(here.scheduleAtFixedRate(() -> log.add("never"), 1, 1, TimeUnit.HOURS));
        });
    assertLog("executed, for nobody would be told");
    assertTrue(left.stream().allMatch(Future::isCancelled));
  }

  // ---- interrupts

  @Test
  void close_interrupted_cancelsWhatItRuns_andKeepsTheInterrupt() {
    EventLoop real = EventLoop.create(Clock.system());
    Task<?> task = real.start(() -> Task.await(new CompletableFuture<String>()));
    Thread.currentThread().interrupt();
    real.close();
    assertTrue(Thread.interrupted());
    assertTrue(task.isCancelled());
    assertTrue(real.isTerminated());
  }

  @Test
  void close_interrupted_cancelsWhatAnotherThreadRuns() {
    EventLoop open = EventLoop.open("open");
    Task<?> task = open.start(() -> Task.await(new CompletableFuture<String>()));
    Thread.currentThread().interrupt();
    open.close();
    assertTrue(Thread.interrupted());
    assertTrue(task.isCancelled());
  }

  @Test
  void runAll_interrupted_waitsOn_andShutsNothingDown() {
    try (EventLoop open = EventLoop.open("open")) {
      CompletableFuture<String> value = new CompletableFuture<>();
      Task<?> task = open.start(() -> Task.await(value));
      Thread.currentThread().interrupt();
      open.execute(() -> value.complete("value"));
      open.runAll();
      assertTrue(Thread.interrupted());
      assertEquals("value", task.join());
      assertFalse(open.isShutdown());
    }
  }
}
