package dev.coweave.semantics;

import static dev.coweave.sync.Select.onAwait;
import static dev.coweave.sync.Select.onTimeout;
import static dev.coweave.sync.Select.otherwise;
import static dev.coweave.sync.Select.select;
import static dev.coweave.sync.Select.selectFairly;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.sync.Channel;
import dev.coweave.sync.ChannelClosed;
import dev.coweave.sync.Clause;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Semaphore;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Exactly one of several operations happens, and the others have not. */
@Timeout(300)
class SelectTest extends InVirtualTime {
  // ---- at once

  @Test
  void ofClausesThatNeedntWait_theFirstHappens_andTheOthersHaveNot() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(1);
          Channel<String> b = new Channel<>(1);
          a.send("a");
          String got =
              select(b.onReceive(), b.onSend("b", () -> "sent b"), a.onReceive(s -> "got " + s));
          assertEquals("sent b", got);
          assertEquals("b", b.tryReceive());
          assertEquals("a", a.tryReceive());
        });
  }

  @Test
  void itemsOfSeveralChannels_areSelectedWithoutHandlers() throws Exception {
    run(
        () -> {
          Channel<Integer> a = new Channel<>(1);
          Channel<Integer> b = new Channel<>(1);
          b.send(7);
          int got = select(a.onReceive(), b.onReceive());
          assertEquals(7, got);
        });
  }

  @Test
  void otherwise_happensWhereAllWouldWait_whereverItIsWritten() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(1);
          assertEquals("else", select(otherwise(() -> "else"), a.onReceive()));
          a.send("a");
          assertEquals("a", select(otherwise(() -> "else"), a.onReceive()));
          assertEquals(
              "late", select(onTimeout(Duration.ofSeconds(-1), () -> "late"), a.onReceive()));
        });
  }

  @Test
  void aHandlerMayWait_andItsFailureIsTheSelects() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(1);
          a.send("a");
          String got =
              select(
                  a.onReceive(
                      s -> {
                        Task.sleep(SECOND);
                        return s + "!";
                      }));
          assertEquals("a!", got);
          a.send("b");
          Throwable failure =
              failureOf(
                  () ->
                      select(
                          a.onReceive(
                              s -> {
                                Task.sleep(SECOND);
                                throw new IOException(s);
                              })));
          assertEquals("java.io.IOException: b", failure.toString());
        });
  }

  @Test
  void ofNothing_isAnError() throws Exception {
    run(
        () ->
            assertInstanceOf(
                IllegalArgumentException.class,
                failureOf(() -> select(List.<Clause<String>>of()))));
  }

  // ---- waiting

  @Test
  void theFirstThatComesAbout_happens_andTheOthersLeaveTheirQueues() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(0);
          Channel<String> b = new Channel<>(0);
          Channel<String> c = new Channel<>(0);
          Task<String> selecting =
              Task.start(() -> select(a.onReceive(), b.onReceive(), c.onSend("c", () -> "sent c")));
          Task.yield();
          assertTrue(b.trySend("b"));
          assertFalse(a.trySend("a")); // before the task has had its turn
          assertNull(c.tryReceive());
          assertEquals("b", Task.await(selecting));
          assertFalse(a.trySend("a"));
          assertNull(c.tryReceive());
        });
  }

  @Test
  void aSendThatWaits_happensWhenThereIsRoom() throws Exception {
    run(
        () -> {
          Channel<String> full = new Channel<>(1);
          Channel<String> empty = new Channel<>(1);
          full.send("first");
          Task<String> selecting =
              Task.start(() -> select(empty.onReceive(), full.onSend("second", () -> "sent")));
          Task.yield();
          assertEquals("first", full.receive());
          assertEquals("sent", Task.await(selecting));
          assertEquals("second", full.receive());
          assertNull(full.tryReceive());
        });
  }

  @Test
  void aHandlerAfterAWait_mayWaitToo() throws Exception {
    run(
        () -> {
          Channel<Integer> a = new Channel<>(0);
          Task<Integer> selecting =
              Task.start(
                  () ->
                      1000
                          + select(
                              a.onReceive(
                                  n -> {
                                    Task.sleep(SECOND);
                                    return n + a.receive();
                                  })));
          a.send(1);
          a.send(20);
          assertEquals(1021, Task.await(selecting));
        });
  }

  @Test
  void onTimeout_happensAfterItsTime_andIsWithdrawnOtherwise() throws Exception {
    VirtualClock clock = new VirtualClock();
    EventLoop.run(
        clock,
        () -> {
          Channel<String> a = new Channel<>(0);
          Task<Void> sender =
              Task.start(
                  () -> {
                    Task.sleep(Duration.ofSeconds(5));
                    a.send("a");
                  });
          assertEquals("late", select(a.onReceive(), onTimeout(SECOND, () -> "late")));
          assertEquals(SECOND, clock.elapsed());
          assertEquals(
              "a", select(a.onReceive(), onTimeout(Duration.ofDays(100_000), () -> "late")));
          assertEquals(Duration.ofSeconds(5), clock.elapsed());
          Task.await(sender);
        });
    assertEquals(Duration.ofSeconds(5), clock.elapsed());
  }

  @Test
  void onAwait_givesTheValueOrTheFailure() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(0);
          Task<String> task =
              Task.start(
                  () -> {
                    Task.sleep(SECOND);
                    return "done";
                  });
          assertEquals("done!", select(a.onReceive(), onAwait(task, v -> v + "!")));
          assertEquals("done?", select(a.onReceive(), onAwait(task, v -> v + "?")));
          CompletableFuture<String> failed = new CompletableFuture<>();
          Task<Throwable> selecting =
              Task.start(() -> failureOf(() -> select(a.onReceive(), onAwait(failed, v -> v))));
          Task.yield();
          failed.completeExceptionally(new IOException("failed"));
          assertEquals("java.io.IOException: failed", Task.await(selecting).toString());
        });
  }

  @Test
  void onAwait_leavesNothingWithAFutureThatNeverEnds() throws Exception {
    run(
        () -> {
          Channel<Integer> a = new Channel<>(0);
          CompletableFuture<Integer> never = new CompletableFuture<>();
          Task<Void> sender =
              Task.start(
                  () -> {
                    for (int i = 0; i < 1000; i++) {
                      a.send(i);
                    }
                  });
          for (int i = 0; i < 1000; i++) {
            int got = select(onAwait(never, v -> v), a.onReceive());
            assertEquals(i, got);
          }
          Task.await(sender);
          assertTrue(never.getNumberOfDependents() <= 1, never::toString);
        });
  }

  @Test
  void locks_permitsAndSignals_canBeSelected() throws Exception {
    run(
        () -> {
          Mutex mutex = new Mutex();
          Semaphore semaphore = new Semaphore(0);
          Signal signal = new Signal();
          List<Clause<String>> clauses =
              List.of(
                  signal.onSet(() -> "signal"),
                  semaphore.onAcquire(() -> "permit"),
                  mutex.onLock(() -> "lock"));
          assertEquals("lock", select(clauses));
          assertEquals(Task.current(), mutex.owner());
          assertInstanceOf(IllegalStateException.class, failureOf(() -> select(clauses)));
          Task<String> other = Task.start(() -> select(clauses));
          Task<String> next = Task.start(() -> select(clauses));
          Task<String> last = Task.start(() -> select(clauses));
          Task.yield();
          mutex.unlock();
          assertTrue(mutex.isLocked());
          semaphore.release();
          assertEquals(0, semaphore.available());
          signal.set();
          assertEquals("lock", Task.await(other));
          assertEquals("permit", Task.await(next));
          assertEquals("signal", Task.await(last));
          assertEquals("signal", select(clauses));
        });
  }

  @Test
  void aFilter_selectsWhichItems() throws Exception {
    run(
        () -> {
          Channel<Integer> a = new Channel<>(0);
          Task<Integer> selecting = Task.start(() -> select(a.onReceive(n -> n > 5, n -> n * 10)));
          Task.yield();
          assertFalse(a.trySend(3));
          assertTrue(a.trySend(6));
          assertEquals(60, Task.await(selecting));
        });
  }

  // ---- closed channels

  @Test
  void aClauseOfAClosedChannel_happens_andThrows() throws Exception {
    run(
        () -> {
          Channel<String> open = new Channel<>(0);
          Channel<String> closed = new Channel<>(1);
          closed.send("left");
          closed.close(new IOException("lost"));
          assertEquals("left", select(open.onReceive(), closed.onReceive()));
          Throwable failure = failureOf(() -> select(open.onReceive(), closed.onReceive()));
          assertInstanceOf(ChannelClosed.class, failure);
          assertEquals("lost", failure.getCause().getMessage());
          assertInstanceOf(
              ChannelClosed.class, failureOf(() -> select(closed.onSend("x", () -> "sent"))));
        });
  }

  @Test
  void aChannelThatIsClosedWhileASelectWaits_endsIt() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(0);
          Channel<String> b = new Channel<>(0);
          Task<Throwable> selecting =
              Task.start(() -> failureOf(() -> select(a.onReceive(), b.onSend("b", () -> "b"))));
          Task.yield();
          b.close();
          assertInstanceOf(ChannelClosed.class, Task.await(selecting));
          assertFalse(a.trySend("a"));
        });
  }

  @Test
  void ifClosed_saysWhatElse() throws Exception {
    run(
        () -> {
          Channel<Integer> a = new Channel<>(0);
          Channel<Integer> b = new Channel<>(0);
          Task<Void> producer =
              Task.start(
                  () -> {
                    a.send(1);
                    b.send(2);
                    a.close();
                    b.send(3);
                    b.close();
                  });
          List<Integer> merged = new ArrayList<>();
          boolean[] open = {true, true};
          while (open[0] || open[1]) {
            List<Clause<Boolean>> clauses = new ArrayList<>();
            if (open[0]) {
              clauses.add(a.onReceive(merged::add).ifClosed(() -> open[0] = false));
            }
            if (open[1]) {
              clauses.add(b.onReceive(merged::add).ifClosed(() -> open[1] = false));
            }
            select(clauses);
          }
          Task.await(producer);
          assertEquals(List.of(1, 2, 3), merged);
        });
  }

  // ---- cancellation

  @Test
  void cancelled_hasDoneNothing() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(0);
          Channel<String> b = new Channel<>(0);
          Mutex mutex = new Mutex();
          Task<String> holder =
              Task.start(
                  () -> {
                    mutex.lock();
                    Task.sleep(SECOND);
                    mutex.unlock();
                    return "released";
                  });
          Task.yield();
          Task<String> cancelled =
              Task.start(
                  () ->
                      select(
                          a.onReceive(), b.onSend("b", () -> "sent"), mutex.onLock(() -> "lock")));
          Task.yield();
          cancelled.cancel(false);
          assertFalse(a.trySend("a"));
          assertNull(b.tryReceive());
          Task.await(holder);
          assertFalse(mutex.isLocked());
          assertTrue(cancelled.isCancelled());
        });
  }

  @Test
  void timedOut_hasDoneNothing() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(0);
          Throwable failure =
              failureOf(() -> Task.timeout(SECOND, () -> select(a.onReceive(), a.onReceive())));
          assertInstanceOf(TimeoutException.class, failure);
          assertFalse(a.trySend("a"));
        });
  }

  @Test
  void aValueThatIsThere_winsOverTheCancellation() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(0);
          Task<String> task = Task.start(() -> select(a.onReceive(), onTimeout(SECOND, () -> "-")));
          Task.yield();
          assertTrue(a.trySend("a"));
          task.cancel(false);
          assertEquals("a", Task.await(task));
        });
  }

  // ---- fairness

  @Test
  void select_prefersEarlierClauses() throws Exception {
    run(() -> assertEquals("aaaaaaaaaa", tenOf(false)));
  }

  @Test
  void selectFairly_takesAll_reproducibly() throws Exception {
    String first = EventLoop.run(new VirtualClock(1), () -> tenOf(true));
    String other = EventLoop.run(new VirtualClock(2), () -> tenOf(true));
    assertTrue(first.contains("a") && first.contains("b"), first);
    assertNotEquals(first, other);
    assertEquals(first, EventLoop.run(new VirtualClock(1), () -> tenOf(true)));
    String unseeded = EventLoop.run(new VirtualClock(), () -> tenOf(true));
    assertTrue(unseeded.contains("a") && unseeded.contains("b"), unseeded);
  }

  @Coroutine
  private static String tenOf(boolean fairly) {
    Channel<String> a = new Channel<>(10);
    Channel<String> b = new Channel<>(10);
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 10; i++) {
      a.send("a");
      b.send("b");
    }
    for (int i = 0; i < 10; i++) {
      all.append(
          fairly
              ? selectFairly(a.onReceive(), b.onReceive())
              : select(a.onReceive(), b.onReceive()));
    }
    return all.toString();
  }

  @Test
  void aLoopOfSelectsThatNeverWait_letsOthersRun_andCanBeCancelled() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(1);
          Task<Void> busy =
              Task.start(
                  () -> {
                    while (true) {
                      select(a.onSend("a", () -> null), a.onReceive(s -> null));
                    }
                  });
          Task.yield();
          busy.cancel(false);
          assertInstanceOf(
              java.util.concurrent.CancellationException.class, failureOf(() -> Task.await(busy)));
        });
  }

  // ---- selects that meet

  @Test
  void twoSelects_thatOfferEachOtherWhatTheyWant_meetOnce() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(0);
          Channel<String> b = new Channel<>(0);
          Task<String> left =
              Task.start(() -> select(a.onSend("x", () -> "sent a"), b.onReceive(s -> "got " + s)));
          Task.yield();
          Task<String> right =
              Task.start(() -> select(b.onSend("y", () -> "sent b"), a.onReceive(s -> "got " + s)));
          assertEquals("sent b", Task.await(right));
          assertEquals("got y", Task.await(left));
        });
  }

  @Test
  void theClausesOfOneSelect_dontMeet_evenOnTheSameChannel() throws Exception {
    run(
        () -> {
          Channel<String> a = new Channel<>(0);
          Task<String> both =
              Task.start(() -> select(a.onSend("x", () -> "sent"), a.onReceive(s -> "got " + s)));
          Task.sleep(SECOND);
          assertFalse(both.isDone());
          assertEquals("x", a.receive());
          assertEquals("sent", Task.await(both));
        });
  }

  @Test
  void tasksThatSelectForEver_areADeadlock() {
    Channel<String> a = new Channel<>(0);
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () -> EventLoop.run(new VirtualClock(), () -> select(a.onReceive(), a.onReceive())));
    assertTrue(e.getMessage().contains("waiting in Select.select"), e::getMessage);
  }

  @Test
  void aPriorityChannelsSenders_areSelectedInTheirOrder() throws Exception {
    run(
        () -> {
          Channel<Integer> ch = Channel.byPriority(1, Comparator.<Integer>naturalOrder());
          ch.send(5);
          Task<String> waiting = Task.start(() -> select(ch.onSend(1, () -> "sent")));
          Task.yield();
          assertEquals(5, select(ch.onReceive()));
          assertEquals(1, select(ch.onReceive()));
          assertEquals("sent", Task.await(waiting));
        });
  }

  // ---- across loops

  /**
   * Each of several loops sends its numbers to both of two channels of no capacity, and receives from both, in opposite orders,
   * with timeouts and cancellations in between: each number arrives once.
   */
  @Test
  void acrossLoops_inOppositeOrder_nothingIsLostOrDoubled() throws Exception {
    Channel<Integer> a = new Channel<>(0);
    Channel<Integer> b = new Channel<>(1);
    AtomicLong received = new AtomicLong();
    AtomicLong sum = new AtomicLong();
    int loops = 4;
    int each = 2_000;
    EventLoop[] all = new EventLoop[loops];
    Arrays.setAll(all, i -> EventLoop.open("select-" + i));
    try {
      List<Task<?>> tasks = new ArrayList<>();
      for (int i = 0; i < loops; i++) {
        boolean backwards = i % 2 == 1;
        int base = i * each;
        tasks.add(
            all[i].start(
                () -> {
                  try (TaskScope scope = TaskScope.open()) {
                    scope.fork(() -> sendAll(a, b, base, each, backwards));
                    scope.fork(() -> receiveAll(a, b, backwards, received, sum, loops * each));
                    scope.join();
                  }
                }));
      }
      for (Task<?> task : tasks) {
        task.get(300, TimeUnit.SECONDS);
      }
    } finally {
      for (EventLoop loop : all) {
        loop.shutdownNow();
        loop.close();
      }
    }
    long n = (long) loops * each;
    assertEquals(n, received.get());
    assertEquals(n * (n - 1) / 2, sum.get());
  }

  @Coroutine
  private static void sendAll(
      Channel<Integer> a, Channel<Integer> b, int from, int count, boolean backwards) {
    for (int i = 0; i < count; ) {
      int item = from + i;
      Clause<Boolean> toA = a.onSend(item, () -> true);
      Clause<Boolean> toB = b.onSend(item, () -> true);
      Clause<Boolean> late = onTimeout(Duration.ofNanos(1000 * (i % 50)), () -> false);
      boolean sent = backwards ? select(toB, toA, late) : select(toA, toB, late);
      if (sent) {
        i++;
      }
    }
  }

  @Coroutine
  private static void receiveAll(
      Channel<Integer> a,
      Channel<Integer> b,
      boolean backwards,
      AtomicLong received,
      AtomicLong sum,
      long all) {
    while (received.get() < all) {
      Clause<Integer> late = onTimeout(Duration.ofNanos(50_000), () -> -1);
      int item =
          backwards
              ? select(b.onReceive(), a.onReceive(), late)
              : select(a.onReceive(), b.onReceive(), late);
      if (item >= 0) {
        sum.addAndGet(item);
        received.incrementAndGet();
      }
    }
  }
}
