package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a deadlock's report says, how often, and that loops which help each other are never reported; see {@link DeadlocksTest}. */
@Timeout(120)
class DeadlockReportsTest {
  private static final String DEADLOCK =
      "likely deadlock: the event loop is idle, and each of its tasks waits for another\n";

  @Coroutine
  private static int receive(Channel<Integer> channel) {
    int n = channel.receive();
    return n + 1;
  }

  private static String normal(String message) {
    return message
        .replaceAll("\\(\\w+\\.java(:\\d+)?\\)", "")
        .replaceAll(" of \\w+@[0-9a-f]+", "")
        .replaceAll(", for (up to )?\\d+ s(?=\n|$)", "")
        .replaceAll("lambda\\$[\\w$]+", "lambda");
  }

  @Test
  void theReport_namesEachTask_whatItWaitsFor_andWhere() {
    Channel<Integer> channel = new Channel<>(0);
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () ->
                EventLoop.run(
                    new VirtualClock(),
                    () -> {
                      Task<Void> self = Task.start("main", () -> deadlocks(channel));
                      self.await();
                    }));
    String message = normal(e.getMessage()).replaceAll("task-\\d+", "task-N");
    assertEquals(
        DEADLOCK
            + """
            task-N: waiting in Task.await of main
                at dev.coweave.semantics.DeadlockReportsTest.lambda
            main: waiting in TaskScope.join
                at dev.coweave.task.TaskScope.join
                at dev.coweave.semantics.DeadlockReportsTest.deadlocks
                at dev.coweave.semantics.DeadlockReportsTest.lambda
              a, b: waiting in Channel.receive
                  at dev.coweave.semantics.DeadlockReportsTest.receive
                  at dev.coweave.semantics.DeadlockReportsTest.lambda\
            """
                .indent(2)
                .stripTrailing(),
        message);
  }

  @Coroutine
  private static void deadlocks(Channel<Integer> channel) {
    try (TaskScope scope = TaskScope.open()) {
      CoroutineRunnable body = () -> receive(channel);
      scope.fork("a", body);
      scope.fork("b", body);
      scope.join();
    }
  }

  /** Returns when a thread has nothing to do. */
  private static void awaitSleep(Thread t) {
    while (t.getState() != Thread.State.WAITING && t.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  @Test
  void isThrownByRunAllToo_andTheLoopCanBeRunAgain() {
    EventLoop loop = EventLoop.create(new VirtualClock());
    Task<?> stuck = loop.start("stuck", () -> new Channel<>(0).receive());
    IllegalStateException e = assertThrows(IllegalStateException.class, loop::runAll);
    assertTrue(e.getMessage().contains("\n  stuck: waiting in Channel.receive"), e.getMessage());
    assertTrue(stuck.isCancelled());
    Task<String> next = loop.start(() -> "again");
    loop.runAll();
    assertEquals("again", next.join());
  }

  /** A program whose loop waits for plain code, which helps it after the report. */
  public static final class Waits {
    public static void main(String[] args) throws Exception {
      Channel<Integer> channel = new Channel<>(0);
      try (Reports reports = new Reports();
          EventLoop loop = EventLoop.open("deadlocked");
          AutoCloseable end = loop::shutdownNow) {
        CoroutineCallable<Integer> body = () -> receive(channel);
        Task<Integer> first = loop.start("first", body);
        Task<Integer> second = loop.start("second", body);
        System.out.println(reports.await("likely deadlock").get(0));
        channel.send(1);
        first.get(300, TimeUnit.SECONDS);
        TimeUnit.MILLISECONDS.sleep(500); // longer than a loop waits before it looks
        channel.send(1);
        second.get(300, TimeUnit.SECONDS);
        System.out.println(reports.messages().size());
      }
    }
  }

  @Test
  void byARealClock_isReportedOnce() throws Exception {
    assertEquals(
        DEADLOCK
            + """
              first, second: waiting in Channel.receive
                  at dev.coweave.semantics.DeadlockReportsTest.receive
                  at dev.coweave.semantics.DeadlockReportsTest$Waits.lambda
            1
            """,
        normal(OwnJvm.output(0, Waits.class)));
  }

  // ---- several loops

  @Test
  void aLoopWhoseChannelAnotherLoopSendsInto_isNotDeadlocked() throws Exception {
    Channel<Integer> channel = new Channel<>(0);
    CountDownLatch begun = new CountDownLatch(2);
    Thread receives = Thread.currentThread();
    Thread sends =
        new Thread(
            () ->
                runs(
                    () -> {
                      meet(begun);
                      awaitSleep(receives);
                      channel.send(1);
                    }));
    sends.start();
    EventLoop.run(
        new VirtualClock(),
        () -> {
          meet(begun);
          assertEquals(2, receive(channel));
        });
    sends.join();
  }

  @Test
  void aLoopWhoseChannelATaskOfAnExecutorSendsInto_isNotDeadlocked() throws Exception {
    Channel<Integer> channel = new Channel<>(0);
    Thread receives = Thread.currentThread();
    CountDownLatch begun = new CountDownLatch(2);
    Task<Void> sender =
        Task.start(
            job -> new Thread(job).start(),
            () -> {
              meet(begun);
              awaitSleep(receives);
              channel.send(1);
            });
    EventLoop.run(
        new VirtualClock(),
        () -> {
          meet(begun);
          assertEquals(2, receive(channel));
        });
    sender.get(300, TimeUnit.SECONDS);
  }

  @Test
  void aLoopThatWaitsForATaskOfAnExecutor_whichATimeoutFrees_isNotDeadlocked() throws Exception {
    Channel<Integer> channel = new Channel<>(0);
    Channel<Integer> never = new Channel<>(0);
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      Task<Void> sender =
          Task.start(
              pool,
              () -> channel.send(Task.timeoutOr(Duration.ofMillis(500), 1, () -> receive(never))));
      while (!sender.toString().contains("Channel.receive")) {
        Thread.onSpinWait();
      }
      EventLoop.run(new VirtualClock(), () -> assertEquals(2, receive(channel)));
      sender.get(300, TimeUnit.SECONDS);
    } finally {
      pool.shutdown();
    }
  }

  /** Whoever looks for a deadlock while a message is on its way must not see one. */
  @Test
  void loopsThatSendToEachOther_areNeverDeadlocked() throws Exception {
    int rounds = 5_000;
    Channel<Integer> there = new Channel<>(0);
    Channel<Integer> back = new Channel<>(0);
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch both = new CountDownLatch(2);
    Thread other =
        new Thread(
            () -> {
              try {
                EventLoop.run(
                    new VirtualClock(),
                    () -> {
                      meet(both);
                      for (int i = 0; i < rounds; i++) {
                        back.send(there.receive());
                      }
                    });
              } catch (Throwable t) {
                failures.add(t);
              }
            });
    other.start();
    EventLoop.run(
        new VirtualClock(),
        () -> {
          meet(both);
          for (int i = 0; i < rounds; i++) {
            there.send(i);
            assertEquals(i, back.receive());
          }
        });
    other.join();
    assertEquals(List.of(), failures);
  }

  /** Goes on when the other loop runs too: one that doesn't run yet can't be seen. */
  @Coroutine
  private static void meet(CountDownLatch both) throws InterruptedException {
    Task.yield();
    both.countDown();
    both.await();
  }

  @Test
  void twoLoopsThatWaitForEachOther_areDeadlockedBoth() throws Exception {
    Channel<Integer> there = new Channel<>(0);
    Channel<Integer> back = new Channel<>(0);
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    CountDownLatch both = new CountDownLatch(2);
    List<Thread> loops = new ArrayList<>();
    for (Channel<Integer> channel : List.of(there, back)) {
      Thread t =
          new Thread(
              () -> {
                try {
                  EventLoop.run(
                      new VirtualClock(),
                      () -> {
                        meet(both);
                        receive(channel);
                      });
                } catch (Throwable e) {
                  failures.add(e);
                }
              });
      t.start();
      loops.add(t);
    }
    for (Thread t : loops) {
      t.join();
    }
    assertEquals(2, failures.size());
    failures.forEach(e -> assertTrue(e.getMessage().startsWith(DEADLOCK), e.toString()));
  }

  private static void runs(CoroutineRunnable body) {
    try {
      EventLoop.run(new VirtualClock(), body);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}
