package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** How tasks start, in which order they run, and which there are. */
class TasksTest extends InVirtualTime {
  @Test
  void start_enqueues_andRunsNothing() throws Exception {
    run(
        () -> {
          Task<?> t = Task.start(() -> log.add("task"));
          log.add("starter");
          Task.await(t);
        });
    assertLog("starter", "task");
  }

  @Test
  void readyTasks_runFirstInFirstOut() throws Exception {
    run(
        () -> {
          Task<Void> a = Task.start(() -> twoTurns("a"));
          Task<Void> b = Task.start(() -> twoTurns("b"));
          Task.await(a);
          Task.await(b);
        });
    assertLog("a1", "b1", "a2", "b2");
  }

  @Coroutine
  private void twoTurns(String name) {
    log.add(name + 1);
    Task.yield();
    log.add(name + 2);
  }

  @Test
  void sleepers_wakeInTheOrderOfTheirTimes_andThoseOfOneInstantInTheirOwn() throws Exception {
    run(
        () -> {
          for (String name : List.of("3 a", "1 b", "2 c", "1 d")) {
            Task.start(
                () -> {
                  sleepFor(name.charAt(0) - '0');
                  log.add(name);
                });
          }
          sleepFor(4);
        });
    assertLog("1 b", "1 d", "2 c", "3 a");
  }

  @Test
  void sleepOfZeroOrLess_isAYield() throws Exception {
    run(
        () -> {
          Task.start(() -> log.add("other"));
          sleepFor(0);
          log.add("zero");
          Task.start(() -> log.add("another"));
          sleepFor(-1);
          log.add("less");
        });
    assertLog("other", "zero", "another", "less");
  }

  @Test
  void withNoLoopAtHand_start_saysWhatToUse() {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> Task.start(() -> log.add("never")));
    assertEquals(
        """
        Task.start outside a task
          because: this thread runs no event loop, so nothing would run the task
          fix: run the code in EventLoop.run(() -> …), use Task.start(executor, () -> …) or EventLoop.open(name).start(() -> …),\
         or make the caller a @Coroutine""",
        e.getMessage());
  }

  @Test
  void start_withoutABody_isRefusedAtOnce() throws Exception {
    run(() -> thrown(NullPointerException.class, () -> Task.start((CoroutineRunnable) null)));
  }

  @Test
  void current_isTheTaskThatRuns_inEachCallOfIt() throws Exception {
    run(
        () -> {
          Task<Object> t = Task.start(() -> currentAfterAWait());
          assertSame(t, Task.await(t));
        });
    assertTrue(
        assertThrows(IllegalStateException.class, Task::current)
            .getMessage()
            .startsWith("Task.current outside a task"));
  }

  /** As an Object: a method that returns a task would be an async one. */
  @Coroutine
  private static Object currentAfterAWait() {
    Task.yield();
    return Task.current();
  }

  @Test
  void current_inAJobOfTheLoop_isAnError() throws Exception {
    run(
        () -> {
          CompletableFuture<String> said = new CompletableFuture<>();
          EventLoop.current()
              .execute(
                  () ->
                      said.complete(
                          assertThrows(IllegalStateException.class, Task::current).getMessage()));
          assertEquals(
              "Task.current outside a task: this thread runs a loop, but no task of it",
              Task.await(said));
        });
  }

  @Test
  void all_listsThoseThatHaveNotEnded_oldestFirst() throws Exception {
    run(
        () -> {
          Task<Void> a = Task.start(() -> sleepFor(2));
          Task<Void> b = Task.start(() -> sleepFor(1));
          Task<Void> c = Task.start(() -> sleepFor(3));
          assertEquals(List.of(Task.current(), a, b, c), Task.all());
          Task.await(b);
          assertEquals(List.of(Task.current(), a, c), Task.all());
        });
    assertEquals(List.of(), Task.all());
  }

  @Test
  void aTaskOfARunnable_givesNull_aTaskOfACallable_itsValue() throws Exception {
    run(
        () -> {
          assertNull(Task.await(Task.start(() -> twoTurns("a"))));
          assertEquals("value", Task.await(Task.start(() -> "value")));
          assertNull(Task.await(Task.start(() -> (String) null)));
        });
  }

  @Test
  void oneThatAwaitsItself_isAnError() throws Exception {
    run(
        () -> {
          IllegalStateException e =
              thrown(IllegalStateException.class, () -> Task.await(Task.current()));
          assertEquals("a task awaits itself: it could never end", e.getMessage());
        });
  }

  @Test
  void aMillionTurns_needNoMoreStackThanOne() throws Exception {
    run(
        () -> {
          CompletableFuture<String> go = new CompletableFuture<>();
          CompletableFuture<String> last = go;
          for (int i = 0; i < 50_000; i++) {
            CompletableFuture<String> before = last;
            last = Task.start(() -> Task.await(before));
          }
          Task.yield();
          go.complete("through");
          assertEquals("through", Task.await(last));
        });
  }

  // ---- what holds them

  /** Only the one who will resume it is held here, as a callback API would: by a weak reference. */
  @Test
  void aTaskThatNobodyHolds_isHeldByItsLoop_andGoesOn() throws Exception {
    try (EventLoop loop = EventLoop.open("holds its tasks")) {
      AtomicReference<WeakReference<Resumption<String>>> waiting = new AtomicReference<>();
      CompletableFuture<String> outcome = new CompletableFuture<>();
      WeakReference<Object> task =
          new WeakReference<>(
              loop.start(
                  () -> {
                    String value =
                        Task.suspend((Resumption<String> r) -> waiting.set(new WeakReference<>(r)));
                    outcome.complete(value);
                  }));
      while (waiting.get() == null) {
        Thread.onSpinWait();
      }
      for (int i = 0; i < 5; i++) {
        System.gc();
      }
      assertNotNull(task.get());
      waiting.get().get().resume("value");
      assertEquals("value", outcome.get());
    }
  }
}
