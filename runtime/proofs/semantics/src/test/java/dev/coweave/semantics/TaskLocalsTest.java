package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import dev.coweave.task.TaskLocal;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** A TaskLocal is a task's own, inherited by those that it starts, and there at every resume. */
class TaskLocalsTest extends InVirtualTime {
  private final TaskLocal<String> user = new TaskLocal<>();
  private final TaskLocal<Integer> count = new TaskLocal<>();

  @Test
  void eachTask_hasItsOwn_acrossItsWaits() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(() -> setsAndSleeps("a", 2));
            scope.fork(() -> setsAndSleeps("b", 1));
            scope.join();
          }
          assertNull(user.get());
        });
    assertLog("b", "a");
  }

  @Coroutine
  private void setsAndSleeps(String name, int seconds) {
    user.set(name);
    sleepFor(seconds);
    log.add(user.get());
  }

  @Test
  void aTask_startsWithThoseOfItsStarter_asTheyWereThen() throws Exception {
    run(
        () -> {
          user.set("parent");
          Task<Void> child =
              Task.start(
                  () -> {
                    log.add(user.get());
                    user.set("child");
                    Task.yield();
                    log.add(user.get());
                  });
          user.set("parent, later");
          Task.await(child);
          assertEquals("parent, later", user.get());
        });
    assertLog("parent", "child");
  }

  @Test
  void grandchildren_inheritToo_andMaySetToNull() throws Exception {
    run(
        () -> {
          user.set("root");
          count.set(1);
          Task<String> child =
              Task.start(
                  () -> {
                    user.set(null);
                    return Task.await(Task.start(() -> user.get() + " " + count.get()));
                  });
          assertEquals("null 1", Task.await(child));
          assertEquals("root", user.get());
        });
  }

  @Test
  void timeoutsShieldsAndCalls_areTheSameTask() throws Exception {
    run(
        () -> {
          user.set("a");
          Task.timeout(
              SECOND,
              () -> {
                assertEquals("a", user.get());
                Task.shield(() -> user.set("b"));
              });
          assertEquals("b", user.get());
          setsAndSleeps("c", 1);
          assertEquals("c", user.get());
        });
  }

  @Test
  void anAsyncCall_isATaskOfItsOwn() throws Exception {
    run(
        () -> {
          user.set("caller");
          assertEquals("caller", Task.await(asyncSetsAndGives("callee")));
          assertEquals("caller", user.get());
        });
  }

  @Coroutine
  private CompletableFuture<String> asyncSetsAndGives(String name) {
    String inherited = user.get();
    user.set(name);
    Task.sleep(SECOND);
    assertEquals(name, user.get());
    return CompletableFuture.completedFuture(inherited);
  }

  @Test
  void onAnExecutor_theyFollowTheTask() throws Exception {
    Task<String> t =
        Task.start(
            Runnable::run,
            () -> {
              user.set("there");
              Task.sleep(Duration.ofMillis(1)); // resumed by another thread
              return Task.await(Task.start(() -> user.get()));
            });
    assertEquals("there", t.get());
    EventLoop.run(
        () -> {
          user.set("loop");
          assertEquals("loop", Task.await(Task.start(Runnable::run, () -> user.get())));
        });
  }

  @Test
  void outsideTasks_getIsNull_andSetAnError() {
    assertNull(user.get());
    assertThrows(IllegalStateException.class, () -> user.set("nobody's"));
  }
}
