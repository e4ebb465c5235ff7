package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Task.suspend wraps any API that calls back: whoever resumes first wins, and knows it. */
class ResumptionsTest extends InVirtualTime {
  private Resumption<String> kept;

  @Coroutine
  private String suspended() {
    return Task.suspend(r -> kept = r);
  }

  @Test
  void resumedLater_givesTheValue_andTellsThatItWon() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> suspended());
          Task.yield();
          assertFalse(kept.isDone());
          assertTrue(kept.resume("value"));
          assertTrue(kept.isDone());
          assertEquals("value", Task.await(t));
        });
  }

  @Test
  void resumedTwice_theSecondLost() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> suspended());
          Task.yield();
          assertTrue(kept.resume("first"));
          assertFalse(kept.resume("second"));
          assertFalse(kept.fail(new IOException()));
          assertEquals("first", Task.await(t));
          assertFalse(kept.resume("after the end"));
        });
  }

  @Test
  void failed_theWaitThrowsIt_checkedOrNot() throws Exception {
    run(
        () -> {
          IOException failure = new IOException();
          Task<IOException> t = Task.start(() -> thrown(IOException.class, () -> suspended()));
          Task.yield();
          assertTrue(kept.fail(failure));
          assertSame(failure, Task.await(t));
        });
  }

  @Test
  void resumedWithNull_givesNull() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> suspended());
          Task.yield();
          assertTrue(kept.resume(null));
          assertNull(Task.await(t));
        });
  }

  @Test
  void resumedAtOnce_goesOnInTheNextTurn() throws Exception {
    run(
        () -> {
          Task.start(() -> log.add("other"));
          String value = Task.suspend(r -> log.add("resumed " + r.resume("value")));
          log.add(value);
        });
    assertLog("resumed true", "other", "value");
  }

  @Test
  void resumedAfterACancellation_lost() throws Exception {
    run(
        () -> {
          Task<String> t = Task.start(() -> suspended());
          Task.yield();
          t.cancel(false);
          assertTrue(kept.isDone());
          assertFalse(kept.resume("too late"));
          Task.yield();
          assertTrue(t.isCancelled());
        });
  }

  @Test
  void resumedBeforeACancellation_won_andTheNextWaitThrows() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () -> {
                    log.add(suspended());
                    Task.yield();
                    log.add("never");
                  });
          Task.yield();
          assertTrue(kept.resume("in time"));
          t.cancel(false);
          assertFalse(kept.resume("again"));
          Task.yield();
          assertTrue(t.isCancelled());
        });
    assertLog("in time");
  }

  @Test
  void inACancelledTask_nothingIsRegistered() throws Exception {
    run(
        () -> {
          Task.current().cancel(false);
          thrown(TaskCancelled.class, () -> Task.<String>suspend(r -> log.add("never")));
        });
    assertLog();
  }

  @Test
  void timedOut_isDone_soThatTheCallbackMayStop() throws Exception {
    run(
        () -> {
          thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> suspended()));
          assertTrue(kept.isDone());
          assertFalse(kept.resume("too late"));
          sleepFor(1);
        });
  }

  @Test
  void whatTheConsumerThrows_theWaitThrows() throws Exception {
    run(
        () -> {
          IllegalArgumentException failure = new IllegalArgumentException();
          assertSame(
              failure,
              thrown(
                  IllegalArgumentException.class,
                  () ->
                      Task.<String>suspend(
                          r -> {
                            throw failure;
                          })));
        });
  }

  @Test
  void oneResumption_endsOneWaitOnly() throws Exception {
    run(
        () -> {
          Task<Void> t =
              Task.start(
                  () -> {
                    log.add(suspended());
                    log.add(suspended());
                  });
          Task.yield();
          Resumption<String> first = kept;
          first.resume("one");
          Task.yield();
          assertFalse(first.resume("stale"));
          assertFalse(t.isDone());
          assertTrue(kept.resume("two"));
          Task.await(t);
        });
    assertLog("one", "two");
  }

  @Test
  void byManyThreads_isWonByOne() throws Exception {
    EventLoop.run(
        () -> {
          for (int round = 0; round < 100; round++) {
            Task<String> t = Task.start(() -> suspended());
            Task.yield();
            Resumption<String> r = kept;
            List<Task<Boolean>> racers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
              String name = "racer " + i;
              racers.add(Task.start(() -> Task.blocking(() -> r.resume(name))));
            }
            String winner = Task.await(t);
            for (int i = 0; i < 4; i++) {
              assertEquals(winner.equals("racer " + i), Task.await(racers.get(i)));
            }
          }
        });
  }

  @Test
  void inPlainCode_theThreadWaits() {
    assertEquals("value", Task.<String>suspend(r -> new Thread(() -> r.resume("value")).start()));
  }
}
