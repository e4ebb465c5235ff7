package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Stack traces read as if the calls of coroutines had been plain. */
class StacksTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  private static final class Failure extends RuntimeException {}

  private static void parse() {
    throw new Failure();
  }

  @Coroutine
  private static int fetch() {
    Task.sleep(MOMENT);
    parse();
    return 1;
  }

  @Coroutine
  private static int handle() {
    int n = fetch();
    return n + 1;
  }

  @Coroutine
  private static int handleAndCatch(List<String> log) {
    try {
      return fetch() + 1;
    } catch (Failure e) {
      log.addAll(trace(e));
      return 0;
    }
  }

  @Coroutine
  private static int catchesItsOwn(List<String> log) {
    Task.sleep(MOMENT);
    try {
      parse();
    } catch (Failure e) {
      log.addAll(trace(e));
    }
    return 1;
  }

  @Coroutine
  private static int callsOneThatCatchesItsOwn(List<String> log) {
    int n = catchesItsOwn(log);
    return n + 1;
  }

  @Coroutine
  private static int recursive(int n) {
    return (n == 0 ? fetch() : recursive(n - 1)) + 1;
  }

  /** The methods of a trace down to the test's, those of the runtime by their full names. */
  private static List<String> trace(Throwable t) {
    List<String> result = new ArrayList<>();
    for (StackTraceElement e : t.getStackTrace()) {
      if (e.getClassName().equals(StacksTest.class.getName())) {
        result.add(e.getMethodName().replaceAll("lambda\\$.*", "lambda"));
      } else if (e.getClassName().startsWith("dev.coweave")) {
        result.add(e.getClassName() + "." + e.getMethodName());
      }
    }
    int test = result.indexOf("test");
    return test < 0 ? result : result.subList(0, test);
  }

  private static final String START = "dev.coweave.task.Task.start";
  private static final String AWAIT = "dev.coweave.task.Task.await";

  @Test
  void ofATask_showsTheCallersAndItsStart() throws Exception {
    assertEquals(
        List.of("parse", "fetch", "handle", "lambda", START), trace(failureOf(() -> handle())));
  }

  /** Runs a task on a loop of its own; not by await, which would add its callers. */
  private static Throwable failureOf(CoroutineCallable<?> body) throws Exception {
    CompletableFuture<Throwable> failure = new CompletableFuture<>();
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Task.start(body).whenComplete((v, e) -> failure.complete(e));
          while (!failure.isDone()) {
            Task.sleep(MOMENT);
          }
        });
    return failure.join();
  }

  @Test
  void ofThePlainCall_showsItsPlainCallers() {
    Failure e = assertThrows(Failure.class, () -> handle());
    assertEquals(List.of("parse", "fetch", "handle", "lambda"), trace(e).subList(0, 4));
    assertTrue(
        Arrays.stream(e.getStackTrace())
            .anyMatch(s -> s.getMethodName().equals("ofThePlainCall_showsItsPlainCallers")),
        () -> Arrays.toString(e.getStackTrace()));
  }

  @Coroutine
  private static int fails(boolean wait) {
    if (wait) {
      Task.sleep(MOMENT);
    }
    throw new Failure();
  }

  @Coroutine
  private static int callsOneThatFails(boolean wait) {
    return fails(wait) + 1;
  }

  @Coroutine
  private static CompletableFuture<Integer> failsAsync(boolean wait) {
    return CompletableFuture.completedFuture(fails(wait) + 1);
  }

  @Coroutine
  private static int catches(boolean wait, List<String> log) {
    try {
      return callsOneThatFails(wait);
    } catch (Failure e) {
      log.addAll(trace(e));
      return 0;
    }
  }

  @Coroutine
  private static int recursiveBeforeAnyWait(int n) {
    return n == 0 ? fails(false) : recursiveBeforeAnyWait(n - 1) + 1;
  }

  @Test
  void beforeAnyWait_showsEachCallOnce() {
    List<String> expected = List.of("fails", "callsOneThatFails", "lambda");
    for (boolean wait : new boolean[] {true, false}) {
      Failure e = assertThrows(Failure.class, () -> callsOneThatFails(wait));
      assertEquals(expected, trace(e).subList(0, 3));
    }
    Failure e = assertThrows(Failure.class, () -> recursiveBeforeAnyWait(2));
    String r = "recursiveBeforeAnyWait";
    assertEquals(List.of("fails", r, r, r, "lambda"), trace(e).subList(0, 5));
  }

  @Test
  void beforeAnyWait_ofAnAsyncMethod_showsEachCallOnce() {
    Throwable e = failsAsync(false).handle((v, f) -> f).join();
    assertEquals(List.of("fails", "failsAsync"), trace(e).subList(0, 2));
    assertNotEquals("failsAsync", trace(e).get(2));
  }

  @Test
  void beforeAnyWait_caughtByACaller_showsEachCallOnce() {
    for (boolean wait : new boolean[] {true, false}) {
      List<String> log = new ArrayList<>();
      catches(wait, log);
      assertEquals(
          List.of(
              "fails",
              "callsOneThatFails",
              "catches",
              "beforeAnyWait_caughtByACaller_showsEachCallOnce"),
          log.subList(0, 4));
    }
  }

  @Coroutine
  private static CompletableFuture<Integer> returnsNull(boolean wait) {
    if (wait) {
      Task.sleep(MOMENT);
    }
    return null;
  }

  @Coroutine
  private static CompletableFuture<Integer> returnsNullInATry() {
    try {
      return returnsNothing();
    } catch (NullPointerException e) {
      throw new AssertionError(e);
    }
  }

  private static CompletableFuture<Integer> returnsNothing() {
    return null;
  }

  @Test
  void ofAnAsyncMethodThatReturnsNull_showsWhere() throws Exception {
    for (boolean wait : new boolean[] {true, false}) {
      Throwable e = failureOf(() -> Task.await(returnsNull(wait)));
      assertEquals("an async method returned null instead of a future", e.getMessage());
      assertEquals("returnsNull", e.getStackTrace()[0].getMethodName());
      assertTrue(e.getStackTrace()[0].getLineNumber() > 0);
    }
    Throwable e = failureOf(() -> Task.await(returnsNullInATry()));
    assertEquals("returnsNullInATry", e.getStackTrace()[0].getMethodName());
  }

  @Test
  void lines_areThoseOfTheCalls() {
    Failure e = assertThrows(Failure.class, () -> handle());
    StackTraceElement[] stack = e.getStackTrace();
    StackTraceElement handle = stack[2];
    assertEquals("handle", handle.getMethodName());
    assertEquals("StacksTest.java", handle.getFileName());
    assertEquals(stack[1].getLineNumber() + 6, handle.getLineNumber());
  }

  @Test
  void caughtByACaller_showsTheCallersOfThatToo() throws Exception {
    List<String> log = new ArrayList<>();
    EventLoop.run(new VirtualClock(), () -> Task.await(Task.start(() -> handleAndCatch(log))));
    assertEquals(List.of("parse", "fetch", "handleAndCatch", "lambda", START), log);
  }

  @Test
  void caughtWhereItWasThrown_showsTheParkedCallers() throws Exception {
    List<String> log = new ArrayList<>();
    EventLoop.run(
        new VirtualClock(), () -> Task.await(Task.start(() -> callsOneThatCatchesItsOwn(log))));
    assertEquals(
        List.of("parse", "catchesItsOwn", "callsOneThatCatchesItsOwn", "lambda", START), log);
  }

  @Test
  void ofARecursion_showsEachCallOnce() {
    Failure e = assertThrows(Failure.class, () -> recursive(5));
    assertEquals(
        List.of(
            "parse",
            "fetch",
            "recursive",
            "recursive",
            "recursive",
            "recursive",
            "recursive",
            "recursive",
            "lambda"),
        trace(e).subList(0, 9));
  }

  @Test
  void ofADeepRecursion_isAsLongAsTheJvms() {
    Failure e = assertThrows(Failure.class, () -> recursive(100_000));
    assertEquals(1024, e.getStackTrace().length);
  }

  @Test
  void awaited_isTheSameObject_andShowsTheFirstWhoAwaits() throws Exception {
    List<Throwable> caught = new ArrayList<>();
    failureOf(
        () -> {
          Task<Integer> failing = Task.start(() -> handle());
          Task<?> first = Task.start(() -> caught.add(failureOfAwait(failing)));
          Task<?> second = Task.start(() -> caught.add(failureOfAwait(failing)));
          Task.await(first);
          return Task.await(second);
        });
    assertEquals(2, caught.size());
    assertSame(caught.get(0), caught.get(1));
    assertEquals(
        List.of(
            "parse",
            "fetch",
            "handle",
            "lambda",
            START,
            AWAIT,
            "awaitIt",
            "failureOfAwait",
            "lambda",
            START),
        trace(caught.get(0)));
  }

  @Coroutine
  private static Throwable failureOfAwait(CompletableFuture<Integer> future) {
    try {
      awaitIt(future);
      throw new AssertionError();
    } catch (Failure e) {
      return e;
    }
  }

  @Coroutine
  private static int awaitIt(CompletableFuture<Integer> future) {
    int n = Task.await(future);
    return n + 1;
  }

  private static List<String> methods(Throwable t) {
    return Arrays.stream(t.getStackTrace())
        .filter(e -> e.getClassName().equals(StacksTest.class.getName()))
        .map(StackTraceElement::getMethodName)
        .filter(m -> !m.startsWith("lambda$"))
        .toList();
  }

  @Coroutine
  private static CompletableFuture<Integer> failsAtOnce() {
    throw new IllegalStateException("boom");
  }

  @Coroutine
  private static CompletableFuture<Integer> passesOn() {
    return failsAtOnce();
  }

  @Coroutine
  private static int awaitsAny(int pauses) {
    return Task.awaitAny(
        List.of(
            Task.start(
                () -> {
                  for (int i = 0; i < pauses; i++) {
                    Task.yield();
                  }
                  return Task.await(failsAtOnce());
                })));
  }

  @Coroutine
  private static int awaitsAll(int pauses) {
    return Task.awaitAll(
            List.of(
                Task.start(
                    () -> {
                      for (int i = 0; i < pauses; i++) {
                        Task.yield();
                      }
                      return Task.await(failsAtOnce());
                    })))
        .get(0);
  }

  @Test
  void ofSeveralFutures_showsWhoAwaitsThem() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          for (int pauses = 0; pauses < 3; pauses++) {
            int n = pauses;
            IllegalStateException any =
                InVirtualTime.thrown(IllegalStateException.class, () -> awaitsAny(n));
            assertEquals(List.of("failsAtOnce", "awaitsAny"), methods(any).subList(0, 2));
            IllegalStateException all =
                InVirtualTime.thrown(IllegalStateException.class, () -> awaitsAll(n));
            assertEquals(List.of("failsAtOnce", "awaitsAll"), methods(all).subList(0, 2));
          }
        });
  }

  @Coroutine
  private static int awaitsWhatFailedAtOnce() {
    return Task.await(passesOn());
  }

  @Test
  void ofAnAsyncMethodThatFailsAtOnce_showsItsCallersOnce() {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> awaitsWhatFailedAtOnce());
    assertEquals(
        List.of(
            "failsAtOnce",
            "passesOn",
            "awaitsWhatFailedAtOnce",
            "ofAnAsyncMethodThatFailsAtOnce_showsItsCallersOnce"),
        methods(e));
  }

  @Test
  void alongAChainOfTasks_showsThemAll() throws Exception {
    Throwable e =
        failureOf(
            () -> {
              Task<Integer> a = Task.start(() -> fetch());
              Task<Integer> b = Task.start(() -> awaitIt(a));
              return Task.await(Task.start(() -> awaitIt(b)));
            });
    assertEquals(
        List.of(
            "parse", "fetch", "lambda", START, AWAIT, "awaitIt", "lambda", START, AWAIT, "awaitIt",
            "lambda", START, AWAIT, "lambda", START),
        trace(e));
  }

  private static final String SCOPE = "dev.coweave.task.TaskScope.";

  @Coroutine
  private static int joins() {
    try (TaskScope scope = TaskScope.open()) {
      scope.fork(() -> fetch());
      scope.join();
      return 1;
    }
  }

  @Coroutine
  private static int closes() {
    try (TaskScope scope = TaskScope.open()) {
      scope.fork(
          () -> {
            parse();
            return 1;
          });
      Task.shield(() -> Task.sleep(MOMENT)); // and the child ends meanwhile
    }
    return 1;
  }

  @Test
  void thrownByAScope_showsWhoJoinsOrClosesIt() throws Exception {
    List<String> joined =
        List.of("parse", "fetch", "lambda", START, SCOPE + "join", "joins", "lambda", START);
    assertEquals(joined, trace(failureOf(() -> joins())));
    List<String> closed =
        List.of("parse", "lambda", START, SCOPE + "close", "closes", "lambda", START);
    assertEquals(closed, trace(failureOf(() -> closes())));
  }

  @Test
  void thrownByAScopeInAScope_showsBoth() throws Exception {
    Throwable e =
        failureOf(
            () -> {
              try (TaskScope scope = TaskScope.open()) {
                scope.fork(() -> joins());
                scope.join();
                return 1;
              }
            });
    assertEquals(
        List.of(
            "parse",
            "fetch",
            "lambda",
            START,
            SCOPE + "join",
            "joins",
            "lambda",
            START,
            SCOPE + "join",
            "lambda",
            START),
        trace(e));
  }

  @Test
  void ofAForeignFailure_showsWhoAwaitsIt_whetherItComesOrIsThere() throws Exception {
    CompletableFuture<Integer> future = new CompletableFuture<>();
    Throwable e =
        failureOf(
            () -> {
              Task<Integer> waiting = Task.start(() -> awaitIt(future));
              Task.sleep(MOMENT);
              future.completeExceptionally(elsewhere());
              return Task.await(waiting);
            });
    assertEquals(
        List.of("elsewhere", AWAIT, "awaitIt", "lambda", START, AWAIT, "lambda", START), trace(e));

    Throwable f = failureOf(() -> awaitIt(CompletableFuture.failedFuture(elsewhere())));
    assertEquals(List.of("elsewhere", AWAIT, "awaitIt", "lambda", START), trace(f));
  }

  /** An exception made on another thread. */
  private static Failure elsewhere() {
    return CompletableFuture.supplyAsync(
            () -> {
              Failure e = new Failure();
              e.setStackTrace(
                  new StackTraceElement[] {
                    new StackTraceElement(StacksTest.class.getName(), "elsewhere", "X.java", 1)
                  });
              return e;
            })
        .join();
  }

  @Test
  void withoutAWritableTrace_staysSo() {
    RuntimeException e = new RuntimeException("no trace", null, false, false) {};
    assertSame(e, assertThrows(RuntimeException.class, () -> throwAfterWait(e)));
    assertEquals(0, e.getStackTrace().length);
  }

  @Coroutine
  private static void throwAfterWait(RuntimeException e) {
    Task.sleep(MOMENT);
    throw e;
  }
}
