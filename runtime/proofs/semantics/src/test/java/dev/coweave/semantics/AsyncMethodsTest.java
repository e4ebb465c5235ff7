package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import dev.coweave.task.TaskLocal;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** A method that returns a future is an async one: it runs to its first wait and gives a future, never an exception. */
class AsyncMethodsTest extends InVirtualTime {
  private final IOException failure = new IOException("async");

  @Coroutine
  private CompletableFuture<String> fetch(CompletableFuture<String> source) {
    log.add("began");
    String s = Task.await(source);
    log.add("resumed");
    return CompletableFuture.completedFuture(s + "!");
  }

  @Coroutine
  private CompletableFuture<String> passOn(CompletableFuture<String> source) {
    Task.yield();
    return source;
  }

  @Coroutine
  private CompletableFuture<String> failsAtOnce() throws IOException {
    throw failure;
  }

  @Coroutine
  private CompletableFuture<String> failsLater() throws IOException {
    Task.yield();
    throw failure;
  }

  @Coroutine
  private CompletableFuture<Object> current() {
    return CompletableFuture.completedFuture(Task.current());
  }

  @Test
  void theCall_runsToItsFirstWait_thenReturns() throws Exception {
    run(
        () -> {
          CompletableFuture<String> source = new CompletableFuture<>();
          CompletableFuture<String> result = fetch(source);
          log.add("called");
          assertFalse(result.isDone());
          source.complete("value");
          assertEquals("value!", Task.await(result));
        });
    assertLog("began", "called", "resumed");
  }

  @Test
  void withoutAWait_theResultIsThere() throws Exception {
    run(() -> assertEquals("value!", fetch(CompletableFuture.completedFuture("value")).join()));
    assertEquals("value!", fetch(CompletableFuture.completedFuture("value")).join());
  }

  @Test
  void whatTheBodyThrows_failsTheFuture_neverTheCaller() throws Exception {
    run(
        () -> {
          CompletableFuture<String> atOnce = failsAtOnce();
          assertTrue(atOnce.isCompletedExceptionally());
          assertSame(failure, thrown(IOException.class, () -> Task.await(atOnce)));
          assertSame(failure, thrown(IOException.class, () -> Task.await(failsLater())));
        });
    assertSame(
        failure, assertThrows(CompletionException.class, () -> failsAtOnce().join()).getCause());
  }

  @Test
  void theReturnedFuturesOutcome_isTheResults_nowOrLater() throws Exception {
    run(
        () -> {
          CompletableFuture<String> source = new CompletableFuture<>();
          CompletableFuture<String> result = passOn(source);
          sleepFor(1);
          assertFalse(result.isDone());
          source.complete("value");
          assertEquals("value", Task.await(result));
          CompletableFuture<String> failing = passOn(CompletableFuture.failedFuture(failure));
          assertSame(failure, thrown(IOException.class, () -> Task.await(failing)));
        });
  }

  @Test
  void aReturnedFutureThatWasCancelled_isAFailure() throws Exception {
    run(
        () -> {
          CompletableFuture<String> cancelled = new CompletableFuture<>();
          cancelled.cancel(false);
          CompletableFuture<String> result = passOn(cancelled);
          thrown(CancellationException.class, () -> Task.await(result));
          assertFalse(result.isCancelled(), "nobody cancelled this one");
        });
  }

  @Coroutine
  private static CompletableFuture<String> returnsNull() {
    return null;
  }

  @Test
  void returningNull_failsTheFuture() throws Exception {
    run(
        () -> {
          NullPointerException e =
              thrown(NullPointerException.class, () -> Task.await(returnsNull()));
          assertEquals("an async method returned null instead of a future", e.getMessage());
        });
  }

  @Test
  void theFuture_isATask_ofItsOwn() throws Exception {
    run(
        () -> {
          CompletableFuture<Object> result = current();
          assertInstanceOf(Task.class, result);
          assertSame(result, Task.await(result));
          assertNotSame(Task.current(), result);
        });
  }

  @Test
  void aFutureThatIsComplete_isReturnedItself_whereNobodyAskedForATask() throws Exception {
    assumeFalse(Integer.getInteger("coweave.maxDepth", 256) == 1, "each call unwinds, in a task");
    CompletableFuture<String> done = CompletableFuture.completedFuture("done");
    assertSame(done, returned(done));
    run(() -> assertSame(done, returned(done)));
    assertSame(done, calledPlainly(done));
    assertInstanceOf(Task.class, returned(CompletableFuture.failedFuture(failure)));
  }

  @Coroutine
  private CompletableFuture<String> returned(CompletableFuture<String> future) {
    return future;
  }

  @Coroutine
  private CompletableFuture<String> calledPlainly(CompletableFuture<String> future) {
    return Task.await(CompletableFuture.completedFuture(returned(future)));
  }

  @Test
  void callsOfCalls_haveTasksOfTheirOwn_whicheverAsksFirst() throws Exception {
    outermost("plain code");
    run(
        () -> {
          Task<?> me = Task.current();
          outermost("a task");
          assertSame(me, Task.current());
          assertFalse(seen.contains(me));
        });
    Task<Void> elsewhere = Task.start(Runnable::run, () -> outermost("an executor"));
    elsewhere.join();
  }

  private final List<Task<?>> seen = new ArrayList<>();
  private final TaskLocal<String> caller = new TaskLocal<>();

  private void outermost(String from) {
    seen.clear();
    assertEquals(3, outer(from).join());
    assertEquals(3, seen.stream().distinct().count(), from);
    assertTrue(seen.stream().allMatch(Task::isDone), from);
  }

  @Coroutine
  private CompletableFuture<Integer> outer(String from) {
    int inner = Task.await(inner(from));
    seen.add(Task.current());
    caller.set(from);
    assertEquals(from, Task.await(callersName()));
    return CompletableFuture.completedFuture(inner + 1);
  }

  @Coroutine
  private CompletableFuture<Integer> inner(String from) {
    int innermost = Task.await(innermost());
    seen.add(Task.current());
    return CompletableFuture.completedFuture(innermost + 1);
  }

  @Coroutine
  private CompletableFuture<Integer> innermost() {
    seen.add(Task.current());
    assertSame(seen.get(0), Task.current());
    return CompletableFuture.completedFuture(1);
  }

  @Coroutine
  private CompletableFuture<String> callersName() {
    return CompletableFuture.completedFuture(caller.get());
  }

  @Test
  void itsCancellation_reachesTheBody_andWhatItWaitsForIsLeftAlone() throws Exception {
    run(
        () -> {
          CompletableFuture<String> source = new CompletableFuture<>();
          CompletableFuture<String> waits = fetch(source);
          CompletableFuture<String> passes = passOn(source);
          Task.yield();
          waits.cancel(false);
          passes.cancel(false);
          Task.yield();
          assertTrue(waits.isCancelled());
          assertTrue(passes.isCancelled());
          assertFalse(source.isDone());
        });
    assertLog("began");
  }

  @Test
  void theCallersCancellation_doesNotReachIt() throws Exception {
    run(
        () -> {
          CompletableFuture<String> source = new CompletableFuture<>();
          CompletableFuture<CompletableFuture<String>> call = new CompletableFuture<>();
          Task<String> caller =
              Task.start(
                  () -> {
                    CompletableFuture<String> result = fetch(source);
                    call.complete(result);
                    return Task.await(result);
                  });
          Task.yield();
          caller.cancel(false);
          Task.yield();
          assertTrue(caller.isCancelled());
          source.complete("value");
          assertEquals("value!", Task.await(Task.await(call)));
        });
  }

  @Coroutine
  private static Task<String> asTask() {
    Task.yield();
    return Task.start(() -> "task");
  }

  @Coroutine
  private static CompletionStage<String> asStage() {
    Task.yield();
    return CompletableFuture.completedFuture("stage").minimalCompletionStage();
  }

  @Test
  void taskAndStage_areReturnTypesToo() throws Exception {
    run(
        () -> {
          assertEquals("task", Task.await(asTask()));
          assertEquals("stage", Task.await(asStage()));
        });
  }

  @Test
  void inAJobOfALoop_itResumesOnThatLoop() throws Exception {
    EventLoop.run(
        () -> {
          Thread loop = Thread.currentThread();
          CompletableFuture<CompletableFuture<Thread>> call = new CompletableFuture<>();
          EventLoop.current().execute(() -> call.complete(threadAfterAWait()));
          assertSame(loop, Task.await(Task.await(call)));
        });
  }

  @Coroutine
  private static CompletableFuture<Thread> threadAfterAWait() {
    Task.await(CompletableFuture.supplyAsync(() -> "elsewhere"));
    return CompletableFuture.completedFuture(Thread.currentThread());
  }

  @Coroutine
  private static CompletableFuture<Thread> threadAfter(CompletableFuture<String> source) {
    Task.await(source);
    return CompletableFuture.completedFuture(Thread.currentThread());
  }

  @Test
  void outsideAnyLoop_itResumesOnTheThreadThatCompletes() throws Exception {
    CompletableFuture<String> source = new CompletableFuture<>();
    CompletableFuture<Thread> result = threadAfter(source);
    assertFalse(result.isDone());
    Thread completer = new Thread(() -> source.complete("value"));
    completer.start();
    assertSame(completer, result.get());
  }

  @Coroutine
  private static CompletableFuture<String> sleepsAndYields() {
    Task.sleep(Duration.ofMillis(1));
    Task.yield();
    return CompletableFuture.completedFuture(Task.blocking(() -> "slept"));
  }

  @Test
  void outsideAnyLoop_itMaySleepAndYieldAndBlock() throws Exception {
    assertEquals("slept", sleepsAndYields().get());
  }

  @Coroutine
  private static CompletableFuture<Integer> nested(int depth) {
    if (depth == 0) {
      return CompletableFuture.completedFuture(0);
    }
    int inner = Task.await(nested(depth - 1));
    return CompletableFuture.completedFuture(inner + 1);
  }

  @Test
  void callsOfCalls_needNoStack() throws Exception {
    run(() -> assertEquals(20_000, Task.await(nested(20_000))));
    assertEquals(20_000, nested(20_000).get());
  }

  @Test
  void aFailureThatNobodyAsksFor_doesNotReachTheCallerEither() throws Exception {
    run(
        () -> {
          CompletableFuture<String> kept = failsLater();
          sleepFor(1);
          log.add("undisturbed");
          assertTrue(kept.isCompletedExceptionally());
          assertThrows(CompletionException.class, kept::join);
        });
    assertLog("undisturbed");
  }
}
