package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Held;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Select;
import dev.coweave.task.Task;
import dev.coweave.task.TaskDump;
import dev.coweave.task.TaskScope;
import dev.coweave.task.TaskState;
import dev.coweave.task.WaitCycles;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Tasks that wait for each other in a circle are found whatever else runs; and dumps say who waits for whom. */
@Timeout(120)
class CirclesTest extends InVirtualTime {
  private static final String CIRCLE = "deadlock: these tasks wait for each other, in a circle\n";

  /** Two tasks that end up waiting for each other. */
  record Circle(String name, CoroutineRunnable body) {
    @Override
    public String toString() {
      return name;
    }
  }

  @Coroutine
  private static void locksBoth(Mutex first, Mutex second) {
    first.lock();
    Task.yield();
    Task.yield();
    second.lock();
    second.unlock();
    first.unlock();
  }

  @Coroutine
  private static void ticks() {
    while (true) {
      Task.sleep(Duration.ofMillis(100));
    }
  }

  @Coroutine
  private static void awaitsWhatIsIn(CompletableFuture<Task<?>> other) {
    Task.await(other).await();
  }

  static List<Circle> circles() {
    return List.of(
        new Circle(
            "two locks",
            () -> {
              Mutex a = new Mutex();
              Mutex b = new Mutex();
              Task.start("one", () -> locksBoth(a, b));
              Task.start("other", () -> locksBoth(b, a));
            }),
        new Circle(
            "two awaits",
            () -> {
              CompletableFuture<Task<?>> one = new CompletableFuture<>();
              CompletableFuture<Task<?>> other = new CompletableFuture<>();
              one.complete(Task.start("one", () -> awaitsWhatIsIn(other)));
              other.complete(Task.start("other", () -> awaitsWhatIsIn(one)));
            }),
        new Circle(
            "a lock and an await",
            () -> {
              Mutex a = new Mutex();
              Task<Void> other = Task.start("other", () -> locksAfter(a));
              Task.start("one", () -> holdsAndAwaits(a, other));
            }),
        new Circle(
            "a select of a lock alone, and of an await alone",
            () -> {
              Mutex a = new Mutex();
              Task<Void> other = Task.start("other", () -> selectsAfter(a));
              Task.start("one", () -> holdsAndSelects(a, other));
            }),
        new Circle(
            "a scope and its owner's lock",
            () -> {
              Mutex a = new Mutex();
              Task.start("owner", () -> forksOneThatLocks(a));
            }));
  }

  @Coroutine
  private static void locksAfter(Mutex a) {
    Task.yield();
    Task.yield();
    a.lock();
    a.unlock();
  }

  @Coroutine
  private static void holdsAndAwaits(Mutex a, Task<?> other) {
    a.lock();
    other.await();
    a.unlock();
  }

  @Coroutine
  private static void selectsAfter(Mutex a) {
    Task.yield();
    Task.yield();
    Select.select(a.onLock(() -> 1));
  }

  @Coroutine
  private static void holdsAndSelects(Mutex a, Task<Void> other) {
    a.lock();
    Select.select(Select.onAwait(other, v -> 1));
    a.unlock();
  }

  @Coroutine
  private static void forksOneThatLocks(Mutex a) {
    a.lock();
    try (TaskScope scope = TaskScope.open()) {
      scope.fork("child", () -> locksAfter(a));
      scope.join();
    }
    a.unlock();
  }

  @ParameterizedTest
  @MethodSource("circles")
  void besideATimerAndAFuture_areThrown_inVirtualTime(Circle circle) {
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () ->
                run(
                    () -> {
                      Task.start("ticker", () -> ticks());
                      circle.body.run();
                      Task.await(new CompletableFuture<String>());
                    }));
    assertTrue(e.getMessage().startsWith(CIRCLE), e.getMessage());
    assertTrue(e.getMessage().contains("CirclesTest.java"), e.getMessage());
    assertEquals(2, e.getMessage().lines().filter(l -> l.contains(": waiting in ")).count());
  }

  @ParameterizedTest
  @MethodSource("circles")
  void ofALoop_areReportedOnce_inRealTime(Circle circle) throws Exception {
    try (Reports reports = new Reports();
        EventLoop loop = EventLoop.open("circle");
        AutoCloseable end = loop::shutdownNow) {
      loop.start("ticker", () -> ticks());
      loop.start(circle.body);
      assertEquals(1, reports.await(CIRCLE).size());
      // What is reported later than the ticks of a second would have been reported by then.
      loop.start(() -> Task.sleep(SECOND.multipliedBy(2))).get();
      assertEquals(1, reports.await(CIRCLE).size());
    }
  }

  @Test
  void foundByTwo_areReportedByOne() throws Exception {
    EventLoop.run(
        () -> {
          Mutex a = new Mutex();
          Mutex b = new Mutex();
          CompletableFuture<Void> bothHold = new CompletableFuture<>();
          Task<Void> one = Task.start(() -> locksWhenTold(a, b, bothHold));
          Task<Void> other = Task.start(() -> locksWhenTold(b, a, bothHold));
          Task.yield();
          bothHold.complete(null);
          Task.yield();
          WaitCycles.Cycle found = WaitCycles.find(List.<TaskState<?>>of(one, other));
          WaitCycles.Cycle foundToo = WaitCycles.find(List.<TaskState<?>>of(other, one));
          assertTrue(found.stands() && foundToo.stands());
          assertTrue(found.report().startsWith(CIRCLE));
          assertNull(foundToo.report());
          one.cancel(false);
          other.await();
        });
  }

  @Test
  void acrossLoops_areReportedOnce() throws Exception {
    Mutex a = new Mutex();
    Mutex b = new Mutex();
    CompletableFuture<Void> bothHold = new CompletableFuture<>();
    try (Reports reports = new Reports();
        EventLoop first = EventLoop.open("first");
        EventLoop second = EventLoop.open("second");
        AutoCloseable endFirst = first::shutdownNow;
        AutoCloseable endSecond = second::shutdownNow) {
      first.start("ticker", () -> ticks());
      second.start("ticker", () -> ticks());
      Task<Void> one = first.start("one", () -> locksWhenTold(a, b, bothHold));
      Task<Void> other = second.start("other", () -> locksWhenTold(b, a, bothHold));
      while (!a.isLocked() || !b.isLocked()) {
        Thread.onSpinWait();
      }
      bothHold.complete(null);
      String report = reports.await(CIRCLE).get(0);
      assertTrue(report.contains("one: waiting in Mutex.lock of Mutex@"), report);
      assertTrue(report.contains(" held by Task[other]"), report);
      assertEquals(1, reports.await(CIRCLE).size());
      one.cancel(false);
      other.get();
    }
  }

  @Coroutine
  private static void locksWhenTold(Mutex first, Mutex second, CompletableFuture<Void> told) {
    first.lock();
    try {
      Task.await(told);
      second.lock();
      second.unlock();
    } finally {
      first.unlock();
    }
  }

  @Test
  void ofAnExecutorsTasks_areReported() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    Mutex a = new Mutex();
    Mutex b = new Mutex();
    CompletableFuture<Void> bothHold = new CompletableFuture<>();
    try (Reports reports = new Reports()) {
      Task<Void> one = Task.start(pool, "one", () -> locksWhenTold(a, b, bothHold));
      Task<Void> other = Task.start(pool, "other", () -> locksWhenTold(b, a, bothHold));
      while (!a.isLocked() || !b.isLocked()) {
        Thread.onSpinWait();
      }
      bothHold.complete(null);
      assertEquals(1, reports.await(CIRCLE).size());
      one.cancel(false);
      other.get();
    } finally {
      pool.shutdown();
    }
  }

  private static int locksPlainly(Mutex a) {
    locksAfter(a);
    return 1;
  }

  /** Plain code on a worker thread calls a coroutine, and the thread waits for that. */
  @Test
  void throughABlockingCall_areReported() throws Exception {
    Mutex a = new Mutex();
    try (Reports reports = new Reports();
        EventLoop loop = EventLoop.open("circle")) {
      Task<Integer> holds =
          loop.start(
              "holds",
              () -> {
                a.lock();
                Task.start("ticker", () -> ticks());
                return Task.blocking(() -> locksPlainly(a));
              });
      String report = reports.await(CIRCLE).get(0);
      assertTrue(report.contains("holds: waiting in Task.blocking of thread "), report);
      assertTrue(report.contains("waiting in Mutex.lock of Mutex@"), report);
      holds.cancel(true);
      thrown(CancellationException.class, () -> holds.get());
      loop.shutdownNow();
    }
  }

  /** No loop looks but that of the plain call, which waits from its first step on. */
  @Test
  void throughABlockingCallOfAnExecutorsTask_areReported() throws Exception {
    Mutex a = new Mutex();
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try (Reports reports = new Reports()) {
      Task<Integer> holds =
          Task.start(
              pool,
              () -> {
                a.lock();
                return Task.blocking(() -> locksPlainly(a));
              });
      assertEquals(1, reports.await(CIRCLE).size());
      holds.cancel(true);
      thrown(CancellationException.class, () -> holds.get());
    } finally {
      pool.shutdown();
    }
  }

  /** What cancelled tasks still wait for, in shields, may come of it: that is beside it. */
  @Test
  void whoThenIsStuckInAShield_isSuppressed() {
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () ->
                run(
                    () -> {
                      Mutex a = new Mutex();
                      Task.start("ticker", () -> ticks());
                      a.lock();
                      Task<Void> shielded =
                          Task.start("shielded", () -> Task.shield(() -> locksAfter(a)));
                      shielded.await();
                    }));
    assertTrue(e.getMessage().startsWith(CIRCLE), e.getMessage());
    assertEquals(1, e.getSuppressed().length);
    String then = e.getSuppressed()[0].getMessage();
    assertTrue(then.contains("which has ended without unlocking it"), then);
  }

  @Test
  void whatATimeoutEnds_isNone() throws Exception {
    run(
        () -> {
          Mutex a = new Mutex();
          Mutex b = new Mutex();
          Task.start("ticker", () -> ticks());
          Task<Void> one =
              Task.start(() -> Task.timeout(HOUR.multipliedBy(24), () -> locksBoth(a, b)));
          Task<Void> other = Task.start(() -> locksBoth(b, a));
          thrown(TimeoutException.class, () -> one.await());
          a.unlock(); // its holder has ended
          other.await();
        });
  }

  /** Two tasks in a circle, and one that needs longer than a look for circles takes. */
  @Coroutine
  private static void forksACircle(TaskScope scope) {
    Mutex a = new Mutex();
    Mutex b = new Mutex();
    scope.fork(() -> locksBoth(a, b));
    scope.fork(() -> locksBoth(b, a));
    scope.fork(() -> Task.sleep(HOUR.multipliedBy(24)));
    scope.join();
  }

  @Test
  void whatATimeoutAroundTheirOwnerEnds_isNone() throws Exception {
    run(
        () -> {
          Task.start("ticker", () -> ticks());
          thrown(
              TimeoutException.class,
              () ->
                  Task.timeout(
                      HOUR.multipliedBy(23),
                      () -> {
                        try (TaskScope outer = TaskScope.open()) {
                          outer.fork(
                              () -> {
                                try (TaskScope scope = TaskScope.open()) {
                                  forksACircle(scope);
                                }
                              });
                          outer.join();
                        }
                      }));
        });
  }

  @Test
  void whatTheSuccessOfAnotherEnds_isNone() throws Exception {
    run(
        () -> {
          Task.start("ticker", () -> ticks());
          try (TaskScope scope = TaskScope.open(TaskScope.Policy.FIRST_SUCCESS)) {
            forksACircle(scope);
          }
          Mutex a = new Mutex();
          try (Held held = a.hold()) {
            Task<Void> waits = Task.start(() -> locksAfter(a));
            Task<Void> sleeps = Task.start(() -> Task.sleep(HOUR.multipliedBy(24)));
            Task.awaitAny(List.of(waits, sleeps));
          }
        });
  }

  @Test
  void ofWhichNoneCanSucceed_isOne() {
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () ->
                run(
                    () -> {
                      Task.start("ticker", () -> ticks());
                      Mutex a = new Mutex();
                      a.lock();
                      try (TaskScope scope = TaskScope.open(TaskScope.Policy.FIRST_SUCCESS)) {
                        scope.fork(() -> locksAfter(a));
                        scope.fork(() -> locksAfter(a));
                        scope.join();
                      }
                    }));
    assertTrue(e.getMessage().startsWith(CIRCLE), e.getMessage());
  }

  @Test
  void ofVeryManyTasksOfAnExecutor_isReported() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    List<Mutex> all = Stream.generate(Mutex::new).limit(1000).toList();
    CompletableFuture<Void> allHold = new CompletableFuture<>();
    List<Task<Void>> tasks = new ArrayList<>();
    try (Reports reports = new Reports()) {
      for (int i = 0; i < all.size(); i++) {
        Mutex one = all.get(i);
        Mutex next = all.get((i + 1) % all.size());
        tasks.add(Task.start(pool, () -> locksWhenTold(one, next, allHold)));
      }
      while (!all.stream().allMatch(Mutex::isLocked)) {
        Thread.onSpinWait();
      }
      allHold.complete(null);
      assertEquals(1, reports.await(CIRCLE).size());
      tasks.remove(0).cancel(false);
      for (Task<Void> t : tasks) {
        t.get();
      }
    } finally {
      pool.shutdown();
    }
  }

  // ---- dumps

  @Test
  void aDump_namesTheHolderToo_whereASelectWaitsForTheLock() throws Exception {
    run(
        () -> {
          Mutex mutex = new Mutex();
          Channel<Integer> channel = new Channel<>(0);
          CompletableFuture<Void> told = new CompletableFuture<>();
          Task.start("holder", () -> locksWhenTold(mutex, new Mutex(), told));
          Task<Integer> selects =
              Task.start(
                  "selects", () -> Select.select(mutex.onLock(() -> 1), channel.onReceive()));
          Task.sleep(SECOND);
          String dump = TaskDump.of(selects);
          assertTrue(
              dump.matches(
                  "(?s)selects: waiting in Select.select of Mutex@[0-9a-f]+ held by Task\\[holder],"
                      + " Channel@.*"),
              dump);
          told.complete(null);
          assertEquals(1, selects.await());
        });
  }

  @Test
  void aDump_saysThatPlainCodeHoldsALock_alsoIfThatHadToWaitForIt() throws Exception {
    Mutex mutex = new Mutex();
    try (EventLoop loop = EventLoop.open("loop")) {
      CompletableFuture<Void> told = new CompletableFuture<>();
      Task<Void> holder = loop.start(() -> locksWhenTold(mutex, new Mutex(), told));
      while (!mutex.isLocked()) {
        Thread.onSpinWait();
      }
      Thread plain = Thread.currentThread();
      loop.start(
          () -> {
            while (plain.getState() == Thread.State.RUNNABLE) {
              Task.yield();
            }
            told.complete(null);
          });
      mutex.lock();
      holder.get();
      Task<Void> waits = loop.start(() -> locksAfter(mutex));
      while (!waits.toString().contains("Mutex.lock")) {
        Thread.onSpinWait();
      }
      String dump = TaskDump.of(waits);
      mutex.unlock();
      waits.get();
      assertTrue(dump.contains(" held by plain code\n"), dump);
    }
  }

  @Test
  void aDump_namesTheLock_itsHolder_andWhetherThatHasEnded_andForHowLong() throws Exception {
    run(
        () -> {
          Mutex mutex = new Mutex();
          Channel<Integer> channel = new Channel<>(0);
          Task<Void> holder = Task.start("holder", () -> mutex.lock());
          holder.await();
          Task<Void> waits = Task.start("waits", () -> locksAfter(mutex));
          Task<Integer> receives = Task.start("receives", () -> channel.receive() + 1);
          Task.sleep(SECOND.multipliedBy(5));
          String dump = TaskDump.of(waits);
          assertTrue(
              dump.matches(
                  "(?s)waits: waiting in Mutex.lock of Mutex@[0-9a-f]+ held by Task\\[holder],"
                      + " which has ended without unlocking it, for [45] s\n.*CirclesTest.java.*"),
              dump);
          String other = TaskDump.of(receives);
          assertTrue(
              other.matches(
                  "(?s)receives: waiting in Channel.receive of Channel@[0-9a-f]+, for [45] s\n.*"),
              other);
          mutex.unlock();
          channel.send(1);
        });
  }
}
