package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.Homes;
import dev.coweave.loop.TickLoop;
import dev.coweave.loop.Ticks;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Mutex;
import dev.coweave.task.Task;
import dev.coweave.task.TaskDump;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A tick loop beside other homes, in dumps, and what it costs. */
@Timeout(300)
class TickHomesTest extends TickTests {
  // ---- as a home

  @Test
  void inATick_itIsTheHome() {
    assertFalse(loop.isHere());
    loop.execute(
        () -> {
          assertTrue(loop.isHere());
          assertSame(loop, Homes.current());
          later(1).thenRun(() -> log.add("async at " + loop.ticks() + loop.isHere()));
        });
    loop.start(() -> assertSame(loop, Homes.current()));
    assertEquals("", tick());
    assertEquals("async at 2true", tick());
    assertNull(Homes.current());
    assertFalse(loop.mayBlock());
  }

  @Test
  void aTaskThatIsStartedInIt_isAScript() {
    Task<Void> t = Task.start(loop, () -> count("task", 1));
    assertEquals("task0", tick());
    assertEquals("task.", tick());
    assertTrue(t.isDone());
  }

  @Test
  void get_onTheThreadThatTicks_saysAwait() {
    Task<Void> script = loop.start("patrol", () -> Ticks.await(1));
    loop.tick();
    for (Runnable wait : List.<Runnable>of(script::join, () -> getOf(script))) {
      IllegalStateException e = assertThrows(IllegalStateException.class, wait::run);
      assertTrue(e.getMessage().contains("tick loop"), e::getMessage);
      assertTrue(e.getMessage().contains("await"), e::getMessage);
    }
    CompletableFuture<Object> other =
        CompletableFuture.supplyAsync(script::join); // elsewhere it waits
    while (loop.tick()) {
      Thread.onSpinWait();
    }
    assertNull(other.join());
    assertNull(script.join());
  }

  private static void getOf(Task<?> t) {
    try {
      t.get();
    } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aPlainCallThatWouldWait_isRefusedInATick_andRunsBetweenTicks() {
    loop.execute(
        () ->
            log.add(
                assertThrows(IllegalStateException.class, () -> Task.sleep(Duration.ofMillis(1)))
                    .getMessage()
                    .lines()
                    .findFirst()
                    .orElseThrow()));
    assertTrue(tick().startsWith("Task.sleep"));
    Task.sleep(Duration.ofNanos(1));
  }

  @Test
  void aTask_mayTickALoop_andScriptsALoopOfTheirOwn() throws Exception {
    TickLoop inner = new TickLoop();
    inner.start(() -> count("inner", 2));
    loop.start(
        () -> {
          while (inner.tick()) {
            log.add("outer");
            Ticks.next();
          }
        });
    EventLoop.run(
        () -> {
          while (loop.tick()) {
            Task.sleep(Duration.ofNanos(1));
          }
        });
    assertEquals("inner0 outer inner1 outer inner.", logged());
  }

  // ---- dumps and deadlocks

  @Test
  void dumps_showWhatScriptsWaitFor_andWhere() {
    loop.start("patrol", () -> nested(1));
    loop.start("waiter", () -> waits());
    loop.start("counter", () -> Ticks.await(7));
    loop.start("sleeper", () -> Task.sleep(Duration.ofDays(1)));
    loop.tick();
    for (String dump : List.of(loop.dump(), TaskDump.ofAll())) {
      assertTrue(dump.contains("tick loop on thread " + Thread.currentThread().getName()), dump);
      for (String part :
          List.of("patrol", "waiter", "Ticks.until", "Ticks.await", "Task.sleep", "TickTests")) {
        assertTrue(dump.contains(part), () -> part + " in " + dump);
      }
    }
    loop.close();
    assertFalse(TaskDump.ofAll().contains("patrol"));
  }

  @Test
  void aDumpByAnotherThread_duringATick_isTakenBetweenTurns() {
    loop.start("patrol", () -> nested(1));
    loop.execute(() -> elsewhere(() -> log.add(loop.dump())));
    assertTrue(tick().contains("patrol"));
  }

  @Test
  void scriptsThatWaitForEachOther_areReported() throws Exception {
    Mutex a = new Mutex();
    Mutex b = new Mutex();
    try (Reports reports = new Reports()) {
      Task<Void> first = loop.start("first", () -> lockBoth(a, b));
      loop.start("second", () -> lockBoth(b, a));
      for (int i = 0; i < 4; i++) {
        loop.tick();
      }
      List<String> said = reports.await("deadlock: these tasks wait for each other");
      assertEquals(1, said.size());
      assertTrue(said.get(0).contains("first") && said.get(0).contains("second"), said.get(0));
      first.cancel(false);
    }
  }

  @Coroutine
  private static void lockBoth(Mutex one, Mutex other) {
    one.lock();
    try {
      Ticks.next();
      other.lock();
      other.unlock();
    } finally {
      one.unlock();
    }
  }

  @Test
  void aLoopThatWaitsForAScript_isNotDeadlocked_asLongAsThatMayGoOn() throws Exception {
    Channel<String> channel = new Channel<>(0);
    Task<Void> script =
        loop.start(
            () -> {
              Ticks.await(2);
              channel.send("hello");
            });
    try (Reports reports = new Reports()) {
      loop.tick();
      assertEquals(
          "hello",
          EventLoop.run(
              () -> {
                Task<String> receiver = Task.start(() -> channel.receive());
                while (!receiver.isDone()) {
                  loop.tick();
                  Task.sleep(Duration.ofNanos(1));
                }
                return receiver.await();
              }));
      loop.tick();
      assertTrue(script.isDone());
      assertEquals(List.of(), reports.messages());
    }
  }

  @Test
  void awaitingACancelledScript_throwsCancellationException() {
    Task<Void> script = loop.start(() -> Ticks.await(5));
    Task<String> observer =
        loop.start(
            () -> {
              try {
                script.await();
                return "?";
              } catch (CancellationException e) {
                return "cancelled";
              }
            });
    loop.tick();
    script.cancel(false);
    loop.tick();
    assertEquals("cancelled", observer.join());
  }

  // ---- what it costs

  @Test
  void onceWarm_aTickAllocatesNothing_takesNoLock_andStartsNoThread() {
    for (int i = 0; i < 300; i++) {
      int n = i;
      loop.start(() -> forEver(n));
    }
    for (int i = 0; i < 5_000; i++) {
      loop.tick();
    }
    long threads = Thread.getAllStackTraces().keySet().size();
    com.sun.management.ThreadMXBean bean =
        (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int round = 0; round < 20; round++) { // the JIT may be compiling in some
      long before = bean.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < 100; i++) {
        loop.tick();
      }
      least = Math.min(least, bean.getCurrentThreadAllocatedBytes() - before);
    }
    long perRound = least;
    assertEquals(0, perRound, () -> perRound + " B in 100 ticks of 300 scripts");
    assertTrue(Thread.getAllStackTraces().keySet().size() <= threads);
  }

  @Coroutine
  private void forEver(int n) {
    java.util.function.BooleanSupplier condition = () -> loop.ticks() % 7 == n % 7;
    while (true) {
      switch (n % 3) {
        case 0 -> Ticks.next();
        case 1 -> Ticks.await(1 + n % 5);
        default -> {
          Ticks.until(condition);
          Ticks.next();
        }
      }
    }
  }
}
