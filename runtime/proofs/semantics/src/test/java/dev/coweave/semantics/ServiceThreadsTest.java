package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.Readiness;
import dev.coweave.loop.Homes;
import dev.coweave.task.ServiceThreads;
import dev.coweave.task.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The runtime's own threads run no users' code, whatever wakes it; and they end when they have nothing to do. */
class ServiceThreadsTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  private static String thread() {
    return Thread.currentThread().getName();
  }

  private static void assertUsers(String thread) {
    assertFalse(thread.startsWith("coweave"), thread);
  }

  // ---- outside any home

  @Coroutine
  private static CompletableFuture<String> sleeps() {
    Task.sleep(MOMENT);
    return CompletableFuture.completedFuture(thread());
  }

  @Test
  void afterASleep_anAsyncMethodGoesOnInTheDefaultExecutor() throws Exception {
    assertUsers(sleeps().get());
  }

  @Coroutine
  private static CompletableFuture<String> timesOut() {
    try {
      Task.timeout(MOMENT, () -> Task.sleep(Duration.ofHours(1)));
      return CompletableFuture.completedFuture("no timeout");
    } catch (TimeoutException e) {
      return CompletableFuture.completedFuture(thread());
    }
  }

  @Test
  void afterATimeout_too() throws Exception {
    assertUsers(timesOut().get());
  }

  @Coroutine
  private static CompletableFuture<String> blocks() {
    Task.blocking(() -> null);
    return CompletableFuture.completedFuture(thread());
  }

  @Test
  void afterABlockingCall_too() throws Exception {
    assertUsers(blocks().get());
  }

  @Coroutine
  private static CompletableFuture<String> after(CompletableFuture<?> future) {
    Task.await(future);
    return CompletableFuture.completedFuture(thread());
  }

  @Test
  void afterAFutureThatAWorkersCallCompletes_too() throws Exception {
    CompletableFuture<Void> future = new CompletableFuture<>();
    CompletableFuture<String> gone = after(future);
    CountDownLatch over = new CountDownLatch(1);
    Task.start(
        Runnable::run,
        () -> {
          boolean unused = Task.blocking(() -> future.complete(null));
          over.countDown();
        });
    over.await();
    assertUsers(gone.get());
  }

  @Coroutine
  private static CompletableFuture<String> reads(Pipe pipe) throws IOException {
    pipe.source().configureBlocking(false);
    Readiness.readable(pipe.source());
    return CompletableFuture.completedFuture(thread());
  }

  @Test
  void afterARead_too() throws Exception {
    Pipe pipe = Pipe.open();
    CompletableFuture<String> reader = reads(pipe);
    pipe.sink().write(ByteBuffer.wrap(new byte[1]));
    assertUsers(reader.get());
    pipe.source().close();
    pipe.sink().close();
  }

  @Test
  void afterAFutureThatAnotherCompletes_itGoesOnOnHisThread() throws Exception {
    CompletableFuture<Void> future = new CompletableFuture<>();
    CompletableFuture<String> gone = after(future);
    Thread his = new Thread(() -> future.complete(null), "his");
    his.start();
    assertEquals("his", gone.get());
  }

  @Test
  void itsDependents_runNoMoreOnThem() throws Exception {
    assertUsers(sleeps().thenApply(t -> thread()).get());
  }

  @Test
  void anExecutorThatIsChosen_isUsedInstead() throws Exception {
    ExecutorService chosen = Executors.newSingleThreadExecutor(r -> new Thread(r, "chosen"));
    Homes.setDefaultExecutor(chosen);
    try {
      assertEquals("chosen", sleeps().get());
      assertEquals("chosen", blocks().get());
    } finally {
      Homes.setDefaultExecutor(null);
      chosen.shutdown();
    }
  }

  @Test
  void aChosenExecutorThatRunsItsJobsAtOnce_doesNotHere() throws Exception {
    Homes.setDefaultExecutor(Runnable::run);
    try {
      assertUsers(sleeps().get());
    } finally {
      Homes.setDefaultExecutor(null);
    }
  }

  @Test
  void aChosenExecutorThatRefuses_isReported_andNothingIsLost() throws Exception {
    try (Reports reports = new Reports()) {
      Homes.setDefaultExecutor(
          job -> {
            throw new RejectedExecutionException("full");
          });
      try {
        assertUsers(sleeps().get());
      } finally {
        Homes.setDefaultExecutor(null);
      }
      assertEquals(1, reports.await("the executor of code that has no home failed").size());
    }
  }

  // ---- executors

  @Test
  void anExecutorThatRunsItsJobsAtOnce_isNotAskedOnThem() throws Exception {
    assertUsers(
        Task.<String>start(
                Runnable::run,
                () -> {
                  Task.sleep(MOMENT);
                  return thread();
                })
            .get());
  }

  @Test
  void anExecutorThatMayBlock_isNotAskedOnThem() throws Exception {
    List<String> askers = new CopyOnWriteArrayList<>();
    ExecutorService pool = Executors.newSingleThreadExecutor(r -> new Thread(r, "pool"));
    Executor slow =
        job -> {
          askers.add(thread());
          pool.execute(job);
        };
    try {
      String last =
          Task.start(
                  slow,
                  () -> {
                    Task.sleep(MOMENT);
                    Task.blocking(() -> null);
                    return thread();
                  })
              .get();
      assertEquals("pool", last);
      assertEquals(3, askers.size());
      askers.forEach(ServiceThreadsTest::assertUsers);
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void aPoolWhoseCallerRunsWhatItRefuses_neverMakesThemTheCaller() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            new ThreadPoolExecutor.CallerRunsPolicy());
    try {
      CompletableFuture<Void> busy = new CompletableFuture<>();
      Task<String> t =
          Task.start(
              pool,
              () -> {
                Task.sleep(Duration.ofMillis(20));
                return thread();
              });
      while (!t.toString().contains("Task.sleep")) {
        Thread.onSpinWait();
      }
      while (pool.getActiveCount() > 0) {
        Thread.onSpinWait();
      }
      pool.execute(
          () -> {
            busy.complete(null);
            awaitOpen(gate);
          });
      busy.get();
      assertUsers(t.get());
    } finally {
      gate.countDown();
      pool.shutdown();
    }
  }

  @Test
  void aPoolWhoseQueueIsTheUsers_isNotAskedOnThem() throws Exception {
    List<String> askers = new CopyOnWriteArrayList<>();
    LinkedBlockingQueue<Runnable> queue =
        new LinkedBlockingQueue<>() {
          @Override
          public boolean offer(Runnable job) {
            askers.add(thread());
            return super.offer(job);
          }
        };
    ThreadPoolExecutor pool = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, queue);
    try {
      Task.start(pool, () -> Task.sleep(MOMENT)).get();
    } finally {
      pool.shutdown();
    }
    assertEquals(1, askers.size());
    assertUsers(askers.get(0));
  }

  @Test
  void aPoolWhoseHandlerWaitsForAPlace_isNotAskedOnThem() throws Exception {
    CompletableFuture<String> asker = new CompletableFuture<>();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            (job, full) -> {
              asker.complete(thread());
              putInto(full.getQueue(), job);
            });
    CountDownLatch gate = new CountDownLatch(1);
    try {
      Task<Integer> t =
          Task.start(
              pool,
              () ->
                  Task.blocking(
                      () -> {
                        awaitOpen(gate);
                        return 1;
                      }));
      while (!t.toString().contains("Task.blocking") || pool.getActiveCount() > 0) {
        Thread.onSpinWait();
      }
      pool.execute(asker::join);
      gate.countDown();
      assertUsers(asker.get());
      assertEquals(1, t.get());
    } finally {
      pool.shutdown();
    }
  }

  private static void putInto(BlockingQueue<Runnable> queue, Runnable job) {
    try {
      queue.put(job);
    } catch (InterruptedException e) {
      throw new RejectedExecutionException(e);
    }
  }

  @Test
  void theActionOfACancelledWait_isNotDoneOnThem() throws Exception {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    CompletableFuture<String> done = new CompletableFuture<>();
    try {
      // The time may be up before the wait has begun: then there is no action.
      for (Duration d = MOMENT; !done.isDone(); d = d.multipliedBy(2)) {
        Duration time = d;
        Task.start(
                pool,
                () ->
                    Task.timeoutOr(
                        time,
                        null,
                        () -> Task.suspend(r -> r.onCancel(() -> done.complete(thread())))))
            .get();
      }
      assertUsers(done.get());
    } finally {
      pool.shutdown();
    }
  }

  /** The call is the user's, and so is what it starts. */
  @Test
  void whatABlockingCallStarts_mayBeRefused_andTheCallHearsOfIt() throws Exception {
    Executor full =
        job -> {
          throw new RejectedExecutionException("full");
        };
    Task<String> t =
        Task.start(
            Runnable::run,
            () ->
                Task.blocking(
                    () -> {
                      RejectedExecutionException e =
                          assertThrows(
                              RejectedExecutionException.class,
                              () -> Task.start(full, () -> "started"));
                      return e.getMessage();
                    }));
    assertEquals("full", t.get());
  }

  private static void awaitOpen(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- workers

  @Test
  void workers_haveABound_andWhatIsOverItWaits() throws Exception {
    int bound = 256;
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch full = new CountDownLatch(bound);
    Set<String> threads = ConcurrentHashMap.newKeySet();
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      List<Task<Void>> all =
          IntStream.range(0, 3 * bound)
              .mapToObj(
                  i ->
                      Task.<Void>start(
                          pool,
                          () -> {
                            Task.blocking(
                                () -> {
                                  threads.add(thread());
                                  full.countDown();
                                  gate.await();
                                  return null;
                                });
                            return null;
                          }))
              .toList();
      full.await();
      Task<Void> late = all.get(all.size() - 1);
      while (!late.toString().contains("Task.blocking")) {
        Thread.onSpinWait();
      }
      late.cancel(false); // Its call has not begun, and is taken back: nobody waits for a worker.
      while (!late.isDone()) {
        Thread.onSpinWait();
      }
      assertTrue(late.isCancelled());
      gate.countDown();
      for (Task<Void> t : all.subList(0, all.size() - 1)) {
        t.get();
      }
      assertEquals(bound, threads.size());
    } finally {
      gate.countDown();
      pool.shutdown();
    }
  }

  @Test
  void aBlockingCall_mayHaveAnExecutorOfItsOwn() throws Exception {
    ExecutorService database = Executors.newFixedThreadPool(1, r -> new Thread(r, "database"));
    try {
      assertEquals("database", onDatabase(database));
    } finally {
      database.shutdown();
    }
    ExecutionException e =
        assertThrows(
            ExecutionException.class,
            () -> Task.start(Runnable::run, () -> onDatabase(database)).get());
    assertSame(RejectedExecutionException.class, e.getCause().getClass());
  }

  @Coroutine
  private static String onDatabase(Executor database) {
    return Task.blocking(database, () -> thread());
  }

  @Test
  void aCallThatIsCancelledInTheQueueOfAnExecutor_isNeverMade() throws Exception {
    LinkedBlockingQueue<Runnable> jobs = new LinkedBlockingQueue<>();
    CountDownLatch made = new CountDownLatch(1);
    Task<Void> t =
        Task.start(
            Runnable::run,
            () -> {
              Task.blocking(
                  jobs::add,
                  () -> {
                    made.countDown();
                    return null;
                  });
            });
    t.cancel(false);
    assertTrue(t.isCancelled());
    jobs.take().run();
    assertEquals(1, made.getCount());
  }

  // ---- their end

  private static Set<String> alive() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(n -> n.matches("coweave-(timer|worker-.*|outside-.*|watchdog|io)"))
        .collect(Collectors.toSet());
  }

  @Test
  void idleOnes_end() throws Exception {
    sleeps().get();
    blocks().get();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!alive().isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    assertEquals(Set.of(), alive());
    assertUsers(sleeps().get()); // and others are started
  }

  @Test
  void theyCanBeEndedNow_andWhatStillWaitsGoesOn() throws Exception {
    CompletableFuture<String> sleeper = sleeps();
    blocks().get();
    ServiceThreads.end();
    assertUsers(sleeper.get());
    assertUsers(sleeps().get());
    assertUsers(blocks().get());
  }
}
