package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.awt.EventQueue;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Tasks whose turns are jobs of an executor: a pool, the thread that resumes, one that refuses. */
class ExecutorsTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  /** Runs its jobs when it is told to, and refuses when it is told to. */
  private static final class Manual implements Executor {
    final Deque<Runnable> jobs = new ArrayDeque<>();
    int refusals;
    boolean keepsWhatItRefuses;

    @Override
    public void execute(Runnable job) {
      boolean refused = refusals > 0;
      if (!refused || keepsWhatItRefuses) {
        jobs.add(job);
      }
      if (refused) {
        refusals--;
        throw new RejectedExecutionException("full");
      }
    }

    void runAll() {
      for (Runnable job = jobs.poll(); job != null; job = jobs.poll()) {
        job.run();
      }
    }
  }

  private final List<String> log = new ArrayList<>();
  private final Manual manual = new Manual();

  // ---- where they run

  @Test
  void inAPool_eachTurnRunsOnItsThreads() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2, r -> new Thread(r, "pool"));
    try {
      List<String> threads = Task.start(pool, () -> threadsOfTurns()).get();
      assertEquals(List.of("pool", "pool", "pool", "pool"), threads);
    } finally {
      pool.shutdownNow();
    }
  }

  @Coroutine
  private static List<String> threadsOfTurns() {
    List<String> threads = new ArrayList<>();
    threads.add(Thread.currentThread().getName());
    Task.sleep(MOMENT);
    threads.add(Thread.currentThread().getName());
    Task.await(CompletableFuture.supplyAsync(() -> "elsewhere"));
    Task.yield();
    threads.add(Thread.currentThread().getName());
    Task.blocking(() -> "worker");
    threads.add(Thread.currentThread().getName());
    return threads;
  }

  @Test
  void inAPool_theTurnsOfOneTask_areSerialised_andSeeEachOthersWrites() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      int[] turns = {0}; // neither volatile nor locked
      Task.start(
              pool,
              () -> {
                for (int i = 0; i < 10_000; i++) {
                  turns[0]++;
                  Task.yield();
                }
              })
          .get();
      assertEquals(10_000, turns[0]);
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void whatATaskStarts_runsInItsExecutorToo() {
    Task<Void> parent =
        Task.start(
            manual,
            () -> {
              Task<?> child = Task.start(() -> log.add("child"));
              log.add("parent");
              Task.await(child);
            });
    assertEquals(List.of(), log, "start runs nothing");
    manual.jobs.poll().run();
    assertEquals(List.of("parent"), log);
    manual.runAll();
    assertEquals(List.of("parent", "child"), log);
    assertTrue(parent.isDone());
  }

  @Test
  void byRunnableRun_itStartsAtOnce_andGoesOnWhereItIsResumed() throws Exception {
    CompletableFuture<String> future = new CompletableFuture<>();
    Task<Thread> t =
        Task.start(
            Runnable::run,
            () -> {
              log.add("began");
              log.add(Task.await(future));
              return Thread.currentThread();
            });
    assertEquals(List.of("began"), log);
    Thread resumer = new Thread(() -> future.complete("value"), "resumer");
    resumer.start();
    assertSame(resumer, t.get());
    assertEquals(List.of("began", "value"), log);
  }

  @Test
  void byRunnableRun_yieldLetsItGoOn_andTheStackStaysFlat() {
    Task<Integer> t =
        Task.start(
            Runnable::run,
            () -> {
              int n = 0;
              while (n < 100_000) {
                Task.yield();
                n++;
              }
              return n;
            });
    assertEquals(100_000, t.join());
  }

  @Test
  void timeouts_goByRealTime() {
    Task<String> t =
        Task.start(Runnable::run, () -> Task.timeout(MOMENT, () -> sleeps(Duration.ofHours(1))));
    assertSame(
        TimeoutException.class,
        assertThrows(java.util.concurrent.ExecutionException.class, t::get).getCause().getClass());
  }

  @Coroutine
  private static String sleeps(Duration time) {
    Task.sleep(time);
    return "slept";
  }

  @Test
  void aTaskOfALoop_mayAwaitOneOfAnExecutor_andEachStaysWhereItIs() throws Exception {
    ExecutorService pool = Executors.newSingleThreadExecutor(r -> new Thread(r, "pool"));
    try {
      Thread loop = Thread.currentThread();
      dev.coweave.loop.EventLoop.run(
          () -> {
            Task<String> there = Task.start(pool, () -> Thread.currentThread().getName());
            assertEquals("pool", Task.await(there));
            assertSame(loop, Thread.currentThread());
          });
    } finally {
      pool.shutdownNow();
    }
  }

  // ---- those that refuse

  @Test
  void refusedAtItsStart_itThrowsAtTheCaller_andNothingRuns() {
    manual.refusals = 1;
    assertEquals(
        "full",
        assertThrows(
                RejectedExecutionException.class, () -> Task.start(manual, () -> log.add("never")))
            .getMessage());
    manual.runAll();
    assertEquals(List.of(), log);
  }

  @Test
  void refusedAtAResume_theWaitThrowsIt_andFinallyBlocksRun() {
    CompletableFuture<String> future = new CompletableFuture<>();
    Task<String> t = Task.start(manual, () -> awaitsWithFinally(future));
    manual.runAll();
    manual.refusals = 1;
    future.complete("value");
    assertEquals(List.of("finally"), log);
    assertEquals(
        "full",
        assertThrows(java.util.concurrent.ExecutionException.class, t::get)
            .getCause()
            .getMessage());
  }

  @Coroutine
  private String awaitsWithFinally(CompletableFuture<String> future) {
    try {
      return Task.await(future);
    } finally {
      log.add("finally");
    }
  }

  @Test
  void refusedOnce_aBodyThatCatchesIt_goesOnWhenItIsAcceptedAgain() {
    CompletableFuture<String> future = new CompletableFuture<>();
    Task<String> t = Task.start(manual, () -> triesTwice(future));
    manual.runAll();
    manual.refusals = 1;
    future.complete("value");
    assertEquals(List.of("full"), log);
    assertFalse(t.isDone());
    manual.runAll();
    assertEquals("value", t.join());
  }

  @Coroutine
  private String triesTwice(CompletableFuture<String> future) {
    try {
      Task.await(future);
    } catch (RejectedExecutionException e) {
      log.add(e.getMessage());
    }
    Task.yield();
    return Task.await(future);
  }

  @Test
  void refusedWithACancellation_theWaitThrowsTheRefusal_theNextTheCancellation() {
    Task<Void> t =
        Task.start(
            manual,
            () -> {
              log.add(refusalOfASleep());
              Task.sleep(MOMENT);
              log.add("never");
            });
    manual.runAll();
    manual.refusals = 1;
    t.cancel(false);
    assertEquals(List.of("full"), log);
    assertTrue(t.isCancelled());
  }

  @Coroutine
  private static String refusalOfASleep() {
    try {
      Task.sleep(Duration.ofHours(1));
      return "slept";
    } catch (RejectedExecutionException e) {
      return e.getMessage();
    }
  }

  @Test
  void aTurnThatIsTakenAndRefused_runsOnce() {
    AtomicInteger runs = new AtomicInteger();
    manual.refusals = 1;
    manual.keepsWhatItRefuses = true; // as a pool that can't make a thread
    assertThrows(
        RejectedExecutionException.class,
        () -> Task.start(manual, () -> log.add("never: the caller was told so")));
    manual.runAll();
    CompletableFuture<String> future = new CompletableFuture<>();
    Task<String> t =
        Task.start(
            manual,
            () -> {
              String s = awaitsWithFinally(future);
              runs.incrementAndGet();
              return s;
            });
    manual.runAll();
    manual.refusals = 1;
    future.complete("value");
    manual.runAll();
    assertTrue(t.isCompletedExceptionally());
    assertEquals(0, runs.get());
    assertEquals(List.of("finally"), log);
  }

  @Test
  void aTurnThatIsTakenAndRefused_isNotTakenForTheNext() throws Exception {
    ExecutorService pool = Executors.newSingleThreadExecutor(r -> new Thread(r, "pool"));
    boolean[] refuses = {false};
    Executor runsAndRefuses =
        job -> {
          if (refuses[0]) {
            job.run();
            throw new RejectedExecutionException("after it ran");
          }
          pool.execute(job);
        };
    CompletableFuture<String> future = new CompletableFuture<>();
    try {
      Task<String> task =
          Task.start(
              runsAndRefuses,
              () -> {
                refuses[0] = true;
                String value = Task.await(future);
                refuses[0] = false;
                Task.yield(); // a turn that the executor has taken, before it throws for this one
                return value + " on " + Thread.currentThread().getName();
              });
      while (future.getNumberOfDependents() == 0) {
        Thread.onSpinWait();
      }
      pool.submit(() -> {}).get(); // the first turn is over
      future.complete("value");
      assertEquals("value on pool", task.get());
    } finally {
      pool.shutdown();
    }
  }

  // ---- those that refuse while a scope joins

  @Test
  void anOwnerRefusedWhileItJoins_cancelsItsChildren_andWaitsForThem() {
    CompletableFuture<String> never = new CompletableFuture<>();
    Task<Void> owner = Task.start(manual, () -> joinsAChild(never));
    manual.runAll();
    manual.refusals = 1;
    owner.cancel(false); // the owner's turn is refused; the child's is accepted
    assertFalse(owner.isDone(), "its child runs");
    manual.runAll();
    assertEquals(List.of("finally", "joined"), log);
    assertTrue(owner.isCompletedExceptionally());
    assertSame(
        RejectedExecutionException.class,
        assertThrows(java.util.concurrent.ExecutionException.class, owner::get)
            .getCause()
            .getClass());
  }

  @Coroutine
  private void joinsAChild(CompletableFuture<String> future) {
    try (TaskScope scope = TaskScope.open()) {
      scope.fork(() -> awaitsWithFinally(future));
      try {
        scope.join();
      } finally {
        log.add("joined");
      }
    }
  }

  @Test
  void anExecutorThatRefusesFromNowOn_stillEndsOwnerAndChildren() {
    CompletableFuture<String> never = new CompletableFuture<>();
    Task<Void> owner = Task.start(manual, () -> joinsAChild(never));
    manual.runAll();
    manual.refusals = 100;
    owner.cancel(false);
    assertEquals(List.of("finally", "joined"), log);
    assertTrue(owner.isDone());
  }

  @Test
  void aChildThatIsRefusedAtItsStart_isNoChild() {
    Task<Void> owner =
        Task.start(
            manual,
            () -> {
              try (TaskScope scope = TaskScope.open()) {
                manual.refusals = 1;
                log.add(refusalOfAFork(scope));
                scope.join();
              }
            });
    manual.runAll();
    assertEquals(List.of("full"), log);
    assertFalse(owner.isCompletedExceptionally());
  }

  private String refusalOfAFork(TaskScope scope) {
    return assertThrows(RejectedExecutionException.class, () -> scope.fork(() -> log.add("never")))
        .getMessage();
  }

  // ---- other people's threads

  @Test
  void onSwingsThread_eachTurnRunsThere_andTheThreadIsFreeInBetween() throws Exception {
    System.setProperty("java.awt.headless", "true");
    Task<List<Boolean>> task =
        Task.start(
            EventQueue::invokeLater,
            () -> {
              List<Boolean> there = new ArrayList<>();
              there.add(EventQueue.isDispatchThread());
              Task.sleep(MOMENT);
              there.add(EventQueue.isDispatchThread());
              there.add(Task.blocking(() -> EventQueue.isDispatchThread()));
              CompletableFuture<String> event = new CompletableFuture<>();
              EventQueue.invokeLater(() -> event.complete("while the task waits"));
              Task.await(event);
              there.add(EventQueue.isDispatchThread());
              return there;
            });
    assertEquals(List.of(true, true, false, true), task.get());
  }

  @Coroutine
  private static int awaits(CompletableFuture<Integer> f) {
    return Task.await(f);
  }

  @Coroutine
  private static CompletableFuture<Integer> plusOne(CompletableFuture<Integer> f) {
    int i = Task.await(f);
    return CompletableFuture.completedFuture(i + 1);
  }

  @Test
  void plainCode_thatATasksEndCallsBack_mayWait() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(1);
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> second = new CompletableFuture<>();
    CompletableFuture<Thread> waiter = new CompletableFuture<>();
    try {
      CompletableFuture<Integer> sum =
          Task.start(pool, () -> awaits(first))
              .thenApply(
                  i -> {
                    waiter.complete(Thread.currentThread());
                    return i + awaits(second);
                  });
      first.complete(1);
      while (waiter.get().getState() == Thread.State.RUNNABLE) {
        Thread.onSpinWait();
      }
      second.complete(2);
      assertEquals(3, sum.get());
    } finally {
      pool.shutdown();
    }
  }

  /** On the thread that completes what it awaited, where the turn of another waits that the call waits for. */
  @Test
  void plainCode_thatAnAsyncMethodsEndCallsBack_mayWait() throws Exception {
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> second = new CompletableFuture<>();
    CompletableFuture<Integer> other = plusOne(second);
    CompletableFuture<Integer> result =
        plusOne(first)
            .thenApply(
                i -> {
                  second.complete(i);
                  return awaits(other);
                });
    first.complete(1);
    assertEquals(3, result.get());
    assertTrue(Task.all().isEmpty());
  }

  @Test
  void onAnotherLibrarysScheduler_orTheCommonPool_likewise() throws Exception {
    ScheduledExecutorService scheduler =
        Executors.newSingleThreadScheduledExecutor(r -> new Thread(r, "scheduler"));
    try {
      Task<String> slow =
          Task.start(
              job -> scheduler.schedule(job, 1, TimeUnit.MILLISECONDS),
              () -> {
                Task.yield();
                return Thread.currentThread().getName();
              });
      assertEquals("scheduler", slow.get());
      Task<Boolean> common =
          Task.start(
              ForkJoinPool.commonPool(),
              () -> {
                Task.sleep(MOMENT);
                return Thread.currentThread() instanceof ForkJoinWorkerThread;
              });
      assertTrue(common.get());
    } finally {
      scheduler.shutdown();
    }
  }
}
