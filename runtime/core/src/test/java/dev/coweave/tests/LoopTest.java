package dev.coweave.tests;

import static dev.coweave.script.Script.doFirst;
import static dev.coweave.script.Script.first;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.coroutine.Continuation;
import dev.coweave.generator.Generator;
import dev.coweave.loop.Clock;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.script.Script;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Mutex;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The loop, executors, and what must not grow the stack. */
class LoopTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private final List<String> log = new ArrayList<>();
  private Task<?> kept;

  private static Script<Object> sleeper() {
    return doFirst((v, c) -> Task.sleep(HOUR, c));
  }

  // ---- running

  @Test
  void run_endsWhatItsBodyLeftBehind() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        doFirst(
            (v, c) -> {
              kept =
                  Task.start(
                      sleeper()
                          .caught(
                              (x, d) -> {
                                log.add("ended");
                                throw x;
                              }));
              Task.yield(c);
            }));
    assertEquals(List.of("ended"), log);
    assertTrue(kept.isCancelled());
  }

  @Test
  void run_inATask_isAnError() throws Exception {
    EventLoop.run(
        doFirst(
            (v, c) ->
                assertThrows(
                    IllegalStateException.class, () -> EventLoop.run(first((w, d) -> null)))));
  }

  @Test
  void run_thatIsInterrupted_cancelsItsBody_andStaysInterrupted() throws Exception {
    Thread me = Thread.currentThread();
    EventLoop.run(
        first(
                (v, c) -> {
                  me.interrupt();
                  Task.sleep(HOUR, c);
                  return null;
                })
            .caught((x, c) -> log.add(x.getClass().getSimpleName())));
    assertEquals(List.of("TaskCancelled"), log);
    assertTrue(Thread.interrupted());
  }

  @Test
  void all_listsTheTasksThatHaveNotEnded() throws Exception {
    EventLoop.run(
        doFirst(
            (v, c) -> {
              Task<Object> t = Task.start(sleeper());
              assertEquals(List.of(Task.current(), t), Task.all());
            }));
    assertEquals(List.of(), Task.all());
  }

  @Test
  void runAll_runsUntilNothingIsLeft() {
    EventLoop loop = EventLoop.create(new VirtualClock());
    loop.start(
        doFirst((v, c) -> Task.sleep(HOUR, c))
            .thenDo((v, c) -> Task.start(sleeper().thenDo((w, d) -> log.add("grandchild")))));
    loop.schedule(() -> log.add("job"), 30, TimeUnit.MINUTES);
    loop.runAll();
    assertEquals(List.of("job", "grandchild"), log);
    loop.close();
    assertTrue(loop.isTerminated());
  }

  @Test
  void deadlock_isThrownUnderAVirtualClock() {
    Channel<String> never = new Channel<>(0);
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () ->
                EventLoop.run(
                    new VirtualClock(),
                    doFirst(
                        (v, c) -> {
                          Task.start(doFirst((w, d) -> never.receive(d)));
                          never.receive(c);
                        })));
    assertTrue(e.getMessage().startsWith("likely deadlock"), e.getMessage());
    assertTrue(e.getMessage().contains("Script.call"), e.getMessage());
  }

  // ---- as an executor

  @Test
  void jobs_runInOrder_andAtTheirTime() {
    EventLoop loop = EventLoop.create(new VirtualClock());
    loop.schedule(() -> log.add("3"), 2, TimeUnit.SECONDS);
    loop.schedule(() -> log.add("2"), 1, TimeUnit.SECONDS);
    loop.execute(() -> log.add("0"));
    Future<Boolean> f = loop.submit(() -> log.add("1"));
    loop.runAll();
    assertTrue(f.isDone());
    assertEquals(List.of("0", "1", "2", "3"), log);
  }

  @Test
  void periodicJob_repeatsUntilCancelled() {
    EventLoop loop = EventLoop.create(new VirtualClock());
    AtomicReference<ScheduledFuture<?>> job = new AtomicReference<>();
    job.set(
        loop.scheduleAtFixedRate(
            () -> {
              log.add("tick");
              if (log.size() == 3) {
                job.get().cancel(false);
              }
            },
            1,
            1,
            TimeUnit.SECONDS));
    loop.runAll();
    assertEquals(3, log.size());
  }

  @Test
  void shutdown_runsAcceptedWorkToItsEnd_andRefusesMore() throws Exception {
    EventLoop loop = EventLoop.open("shutdown");
    CompletableFuture<String> go = new CompletableFuture<>();
    Task<Object> t =
        loop.start(
            first((v, c) -> Task.await(go, c))
                .then((v, c) -> Task.start(first((w, d) -> "forked")).await(c)));
    loop.shutdown();
    assertThrows(RejectedExecutionException.class, () -> loop.start(first((v, c) -> null)));
    assertThrows(RejectedExecutionException.class, () -> loop.execute(() -> log.add("never")));
    assertFalse(loop.isTerminated());
    go.complete("go");
    assertEquals("forked", t.get());
    assertTrue(loop.awaitTermination(300, TimeUnit.SECONDS));
    loop.close();
    loop.close();
    assertEquals(List.of(), log);
  }

  @Test
  void shutdownNow_cancelsTasksAndJobs() throws Exception {
    EventLoop loop = EventLoop.open("now");
    Task<Object> t = loop.start(sleeper());
    ScheduledFuture<?> job = loop.schedule(() -> log.add("never"), 1, TimeUnit.HOURS);
    loop.shutdownNow();
    loop.close();
    assertTrue(t.isCancelled());
    assertTrue(job.isCancelled());
  }

  @Test
  void close_onTheLoopsOwnThread_isAnError() throws Exception {
    try (EventLoop loop = EventLoop.open("own")) {
      assertThrows(
          IllegalStateException.class,
          () -> Task.await(loop.start(doFirst((v, c) -> loop.close()))));
    }
  }

  // ---- executors

  @Test
  void executorThatRefusesAResume_makesTheWaitThrow() {
    AtomicInteger accepts = new AtomicInteger(1);
    Executor once =
        job -> {
          if (accepts.getAndDecrement() <= 0) {
            throw new RejectedExecutionException("full");
          }
          job.run();
        };
    CompletableFuture<String> f = new CompletableFuture<>();
    Task<Object> t =
        Task.start(once, first((v, c) -> Task.await(f, c)).caught((x, c) -> x.getMessage()));
    f.complete("x");
    assertEquals("full", t.join());
    assertThrows(RejectedExecutionException.class, () -> Task.start(once, first((v, c) -> "y")));
  }

  // ---- the stack

  @Test
  void tasksThatAwaitEachOther_needNoStack() throws Exception {
    for (Executor e : new Executor[] {null, Runnable::run}) {
      CompletableFuture<Object> go = new CompletableFuture<>();
      assertEquals(
          "x",
          EventLoop.run(
              first(
                      (v, c) -> {
                        CompletableFuture<Object> last = go;
                        for (int i = 0; i < 20_000; i++) {
                          CompletableFuture<Object> before = last;
                          Script<Object> body = first((w, d) -> Task.await(before, d));
                          last = e == null ? Task.start(body) : Task.start(e, body);
                        }
                        kept = (Task<?>) last;
                        Task.yield(c);
                        return null;
                      })
                  .then(
                      (v, c) -> {
                        go.complete("x");
                        return kept.await(c);
                      })));
    }
  }

  @Test
  void asyncCalls_nestWithoutBound() throws Exception {
    assertEquals("bottom", EventLoop.run(first((v, c) -> Task.await(nested(20_000), c))));
    assertEquals("bottom", nested(20_000).get());
  }

  @SuppressWarnings("unchecked")
  private static CompletableFuture<Object> nested(int depth) {
    return (CompletableFuture<Object>)
        first(
                (v, c) ->
                    depth == 0 ? CompletableFuture.completedFuture("bottom") : nested(depth - 1))
            .async();
  }

  @Test
  void awaitsOfCompleteFutures_letOthersRun() throws Exception {
    CompletableFuture<String> done = CompletableFuture.completedFuture("x");
    EventLoop.run(
        doFirst(
                (v, c) -> {
                  kept = Task.start(doFirst((w, d) -> log.add("other")));
                  Task.await(done, c);
                })
            .times(10_000)
            .thenDo((v, c) -> assertTrue(log.contains("other"))));
  }

  @Test
  void awaitsOfCompleteFutures_areCancellable() throws Exception {
    CompletableFuture<String> done = CompletableFuture.completedFuture("x");
    EventLoop.run(
        Script.<Object>doFirst((v, c) -> Task.current().cancel(true))
            .thenDo((v, c) -> Task.await(done, c))
            .times(10_000)
            .caught((x, c) -> log.add(x.getClass().getSimpleName())));
    assertEquals(List.of("TaskCancelled"), log);
  }

  // ---- plain frames and generators

  @Test
  void generator_mayAwaitOnlyWhatIsComplete() throws Exception {
    assertEquals(
        "x",
        driven((v, c) -> Generator.yield(Task.await(CompletableFuture.completedFuture("x"), c), c))
            .next());
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class,
            () -> driven((v, c) -> Task.await(new CompletableFuture<>(), c)).next());
    assertTrue(e.getMessage().startsWith("Task.await in a generator"), e.getMessage());
  }

  @Test
  void plainCallInAGenerator_mustNotWait() {
    Script<Object> waits = first((w, d) -> Task.await(new CompletableFuture<>(), d));
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> driven((v, c) -> waits.call()).next());
    assertTrue(e.getMessage().contains("would block"), e.getMessage());
  }

  private static Generator<Object> driven(Script.Step step) {
    return Generator.of(new GeneratorBody(step));
  }

  private record GeneratorBody(Script.Step step)
      implements dev.coweave.CoroutineRunnable, dev.coweave.coroutine.Woven {
    @Override
    public void run() {}

    // the interface's twin, which compilers don't see
    public void run(Continuation c) {
      try {
        step.run(null, c);
      } catch (Throwable t) {
        Continuation.<RuntimeException>sneakyThrow(t);
      }
    }

    @Override
    public Class<?> coweave$class() {
      return GeneratorBody.class;
    }
  }

  // ---- other waits

  @Test
  void blocking_runsOnAWorker_andVirtualTimeWaitsForIt() throws Exception {
    VirtualClock clock = new VirtualClock();
    CountDownLatch latch = new CountDownLatch(1);
    Task<?>[] sleeper = new Task<?>[1];
    assertEquals(
        "x",
        EventLoop.run(
            clock,
            first(
                (v, c) -> {
                  sleeper[0] = Task.start(sleeper());
                  new Thread(latch::countDown).start();
                  return Task.timeout(
                      Duration.ofSeconds(1),
                      Script.<Object>first(
                          (w, d) ->
                              Task.blocking(
                                  () -> {
                                    latch.await();
                                    return "x";
                                  },
                                  d)),
                      c);
                })));
    assertEquals(Duration.ZERO, clock.elapsed());
  }

  @Test
  void blocking_thatIsCancelled_interruptsTheWorkerAndWaitsForIt() throws Exception {
    EventLoop.run(
        first(
                (v, c) -> {
                  Task<?> me = Task.current();
                  return Task.blocking(
                      () -> {
                        me.cancel(true);
                        try {
                          new CountDownLatch(1).await();
                          return null;
                        } finally {
                          log.add("worker ended");
                        }
                      },
                      c);
                })
            .caught((x, c) -> log.add(x.getClass().getSimpleName())));
    assertEquals(List.of("worker ended", "TaskCancelled"), log);
  }

  @Test
  void await_ofAFutureThatIsNoStage() throws Exception {
    FutureTask<String> f = new FutureTask<>(() -> "x");
    assertEquals(
        "x",
        EventLoop.run(
            first(
                (v, c) -> {
                  new Thread(f).start();
                  return Task.await((Future<String>) f, c);
                })));
  }

  @Test
  void await_ofAMinimalStage() throws Exception {
    CompletableFuture<String> f = new CompletableFuture<>();
    assertEquals(
        "xy",
        EventLoop.run(
            first(
                    (v, c) -> {
                      new Thread(() -> f.complete("x")).start();
                      return Task.await(f.minimalCompletionStage(), c);
                    })
                .then((v, c) -> v + Task.await(CompletableFuture.completedStage("y"), c))));
  }

  @Test
  void suspend_whoseConsumerThrows_throwsThat() {
    assertThrows(
        IllegalStateException.class,
        () ->
            EventLoop.run(
                first(
                    (v, c) ->
                        Task.suspend(
                            r -> {
                              throw new IllegalStateException();
                            },
                            c))));
  }

  @Test
  void resumption_isWonOnce() throws Exception {
    EventLoop.run(
        first(
                (v, c) ->
                    Task.suspend(
                        r -> {
                          log.add("" + r.resume("a"));
                          log.add("" + r.resume("b"));
                          log.add("" + r.fail(new Exception()));
                        },
                        c))
            .thenDo((v, c) -> assertEquals("a", v)));
    assertEquals(List.of("true", "false", "false"), log);
  }

  @Test
  void plainOperations_workInPlainCode() {
    Task.sleep(Duration.ofNanos(1));
    assertEquals("x", Task.await(CompletableFuture.supplyAsync(() -> "x")));
    assertEquals("x", Task.blocking(() -> "x"));
    Mutex m = new Mutex();
    m.lock();
    m.unlock();
    assertSame(Clock.system(), Clock.system());
  }
}
