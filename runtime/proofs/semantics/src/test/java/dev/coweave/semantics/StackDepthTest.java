package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.generator.Generator;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No chain of awaits, of callbacks or of nested tasks grows the Java stack: each of these would overflow it by far. */
@Timeout(120)
class StackDepthTest extends InVirtualTime {
  private static final int MANY = 100_000;

  @Test
  void pendingAwaits_chained() throws Exception {
    run(
        () -> {
          CompletableFuture<Integer> first = new CompletableFuture<>();
          Task<Integer> last = Task.start(() -> Task.await(first));
          for (int i = 0; i < MANY; i++) {
            Task<Integer> before = last;
            last = Task.start(() -> before.await() + 1);
          }
          Task.yield(); // now all of them wait
          first.complete(0);
          assertEquals(MANY, last.await());
        });
  }

  @Test
  void completeAwaits_inARow() throws Exception {
    CompletableFuture<Integer> one = CompletableFuture.completedFuture(1);
    run(
        () -> {
          int sum = 0;
          for (int i = 0; i < MANY; i++) {
            sum += Task.await(one);
          }
          assertEquals(MANY, sum);
        });
  }

  /** Each task, when it is resumed, completes what the next one awaits; by this executor it is resumed inside that call. */
  @Test
  void callbacks_thatCompleteTheNext() throws Exception {
    CompletableFuture<Integer> first = new CompletableFuture<>();
    CompletableFuture<Integer> last = first;
    for (int i = 0; i < MANY; i++) {
      CompletableFuture<Integer> before = last;
      CompletableFuture<Integer> next = new CompletableFuture<>();
      Task.start(Runnable::run, () -> next.complete(Task.await(before) + 1));
      last = next;
    }
    first.complete(0);
    assertEquals(MANY, last.get());
  }

  @Coroutine
  private static int taskInTask(int depth) {
    return depth == 0 ? 0 : 1 + Task.start(() -> taskInTask(depth - 1)).await();
  }

  @Test
  void tasks_thatStartAndAwaitTasks() throws Exception {
    run(() -> assertEquals(MANY, taskInTask(MANY)));
  }

  @Test
  void tasks_thatStartAndAwaitTasks_onAnExecutorThatRunsThemAtOnce() throws Exception {
    assertEquals(MANY, Task.start(Runnable::run, () -> taskInTask(MANY)).get());
  }

  @Coroutine
  private void scopeInScope(int depth, CompletableFuture<?> gate) {
    if (depth == 0) {
      Task.await(gate);
    } else {
      try (TaskScope scope = TaskScope.open()) {
        scope.fork(() -> scopeInScope(depth - 1, gate));
        scope.join();
      }
    }
  }

  @Test
  void scopes_ofScopes_thatEnd() throws Exception {
    run(
        () -> {
          CompletableFuture<String> gate = new CompletableFuture<>();
          Task<Void> outermost = Task.start(() -> scopeInScope(MANY / 10, gate));
          sleepFor(1);
          gate.complete("open");
          outermost.await();
        });
  }

  @Test
  void scopes_ofScopes_thatAreCancelled() throws Exception {
    run(
        () -> {
          CompletableFuture<String> gate = new CompletableFuture<>();
          Task<Void> outermost = Task.start(() -> scopeInScope(MANY / 10, gate));
          sleepFor(1);
          outermost.cancel(false);
          sleepFor(1);
          assertTrue(outermost.isCancelled());
          assertEquals(1, Task.all().size());
        });
  }

  @Test
  void failures_alongAChain() throws Exception {
    run(
        () -> {
          CompletableFuture<Integer> first = new CompletableFuture<>();
          Task<Integer> last = Task.start(() -> Task.await(first));
          for (int i = 0; i < MANY / 10; i++) {
            Task<Integer> before = last;
            last = Task.start(() -> before.await());
          }
          Task.yield();
          IllegalStateException failure = new IllegalStateException("at the far end");
          first.completeExceptionally(failure);
          Task<Integer> end = last;
          assertEquals(failure, thrown(IllegalStateException.class, () -> end.await()));
        });
  }

  @Test
  void aPipeline_ofChannels() throws Exception {
    int stages = MANY / 10;
    run(
        () -> {
          Channel<Integer> first = new Channel<>(0);
          Channel<Integer> last = first;
          List<Task<Void>> tasks = new ArrayList<>();
          for (int i = 0; i < stages; i++) {
            Channel<Integer> in = last;
            Channel<Integer> out = new Channel<>(0);
            CoroutineRunnable stage = () -> out.send(in.receive() + 1);
            tasks.add(Task.start(stage));
            last = out;
          }
          first.send(0);
          assertEquals(stages, last.receive());
          for (Task<Void> t : tasks) {
            t.await();
          }
        });
  }

  @Coroutine
  private static Generator<Integer> countDown(int n) {
    Generator.yield(n);
    if (n > 0) {
      Generator.yieldAll(countDown(n - 1));
    }
    return Generator.end();
  }

  @Test
  void generators_ofGenerators() {
    AtomicInteger expected = new AtomicInteger(MANY);
    countDown(MANY).forEachRemaining(n -> assertEquals(expected.getAndDecrement(), n));
    assertEquals(-1, expected.get());
  }

  @Coroutine
  private static int holding(int depth, List<WeakReference<Object>> held, boolean fails) {
    Object local = new Object();
    held.add(new WeakReference<>(local));
    if (depth == 0) {
      Task.yield();
      if (fails) {
        throw new IllegalStateException("at the far end");
      }
      return local.hashCode();
    }
    return holding(depth - 1, held, fails) ^ local.hashCode();
  }

  /** As in plain Java: a deep call that ran out of memory has freed it when its caller catches the error. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDeepCallThatHasEnded_holdsNothing_whileTheTurnGoesOn(boolean fails) throws Exception {
    List<WeakReference<Object>> held = new ArrayList<>();
    run(
        () -> {
          try {
            holding(MANY / 10, held, fails);
          } catch (IllegalStateException e) {
            assertTrue(fails);
          }
          System.gc();
          long left = held.stream().filter(local -> local.get() != null).count();
          assertTrue(left < 500, left + " of " + held.size() + " are held");
        });
  }
}
