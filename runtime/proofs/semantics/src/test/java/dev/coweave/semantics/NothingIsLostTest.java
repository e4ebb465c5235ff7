package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Select;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each failure and each cancellation reaches somebody, and reaches him once. */
@Timeout(300)
class NothingIsLostTest extends InVirtualTime {
  /** Something with a name that a failing test shows. */
  record Named<F>(String name, F of) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final class Broken extends RuntimeException {
    private static final long serialVersionUID = 1;

    Broken(String message) {
      super(message);
    }
  }

  @Coroutine
  private static Integer breaks() {
    Task.yield();
    throw new Broken("broken");
  }

  // ---- failures that the program handles are not reported; those that it drops are

  private static Named<Function<Task<Integer>, CompletionStage<?>>> use(
      String name, Function<Task<Integer>, CompletionStage<?>> use) {
    return new Named<>(name, use);
  }

  static List<Named<Function<Task<Integer>, CompletionStage<?>>>> uses() {
    CompletableFuture<Integer> one = CompletableFuture.completedFuture(1);
    return List.of(
        use("allOf", t -> CompletableFuture.allOf(t, one)),
        use("allOf, the other way round", t -> CompletableFuture.allOf(one, t)),
        use("anyOf", t -> CompletableFuture.anyOf(t, new CompletableFuture<>())),
        use("thenCombine", t -> one.thenCombine(t, Integer::sum)),
        use("combined with", t -> t.thenCombine(one, Integer::sum)),
        use("thenCompose", t -> one.thenCompose(x -> t)),
        use("applyToEither", t -> new CompletableFuture<Integer>().applyToEither(t, x -> x)),
        use("runAfterBoth", t -> one.runAfterBoth(t, () -> {})),
        use("minimalCompletionStage", Task::minimalCompletionStage),
        use("copy", Task::copy),
        use("thenApply, thenApply", t -> t.thenApply(x -> x).thenApply(x -> x)),
        use("orTimeout", t -> t.orTimeout(1, TimeUnit.HOURS)),
        use("allOf of a dependent", t -> CompletableFuture.allOf(t.thenApply(x -> x))));
  }

  @ParameterizedTest
  @MethodSource("uses")
  void aFailureThatIsHandledThroughAnotherFuture_isNotReported(
      Named<Function<Task<Integer>, CompletionStage<?>>> use) throws Exception {
    try (Reports reports = new Reports()) {
      run(
          () -> {
            Task<Integer> running = Task.start(() -> breaks());
            CompletionStage<?> before = use.of.apply(running);
            thrown(Broken.class, () -> Task.await(before));
            Task<Integer> ended = Task.start(() -> breaks());
            Task.sleep(SECOND);
            thrown(Broken.class, () -> Task.await(use.of.apply(ended)));
          });
      assertEquals(List.of(), reports.messages());
    }
  }

  @ParameterizedTest
  @MethodSource("uses")
  void nor_ifPlainCodeHandlesIt(Named<Function<Task<Integer>, CompletionStage<?>>> use)
      throws Exception {
    try (Reports reports = new Reports();
        EventLoop loop = EventLoop.open("plain")) {
      Task<Integer> running = loop.start(() -> breaks());
      CompletableFuture<?> before = use.of.apply(running).toCompletableFuture();
      assertBroken(before);
      Task<Integer> ended = loop.start(() -> breaks());
      loop.submit(() -> {}).get();
      assertBroken(use.of.apply(ended).toCompletableFuture());
      assertEquals(List.of(), reports.messages());
    }
  }

  private static void assertBroken(CompletableFuture<?> f) {
    try {
      f.join();
    } catch (CompletionException e) {
      assertEquals("broken", e.getCause().getMessage());
      return;
    }
    throw new AssertionError("not broken");
  }

  static List<Named<Consumer<Task<Integer>>>> dependents() {
    return List.of(
        new Named<>("thenApply", t -> t.thenApply(x -> x)),
        new Named<>("thenAccept", t -> t.thenAccept(x -> {})),
        new Named<>("thenRunAsync", t -> t.thenRunAsync(() -> {})),
        new Named<>("thenCompose", t -> t.thenCompose(CompletableFuture::completedFuture)),
        new Named<>("copy", Task::copy),
        new Named<>("orTimeout", t -> t.orTimeout(1, TimeUnit.HOURS)),
        new Named<>("two", t -> t.thenRun(() -> {}).complete(t.thenRun(() -> {}).getNow(null))));
  }

  @ParameterizedTest
  @MethodSource("dependents")
  void aFailureWhoseOnlyDependentsWereDropped_isReported(Named<Consumer<Task<Integer>>> dropped)
      throws Exception {
    try (Reports reports = new Reports()) {
      run(
          () -> {
            dropped.of.accept(Task.start("dropped", () -> breaks()));
            Task.sleep(SECOND);
          });
      assertEquals(
          List.of("Task[dropped] failed, and nobody asked for its outcome"), reports.messages());
    }
  }

  @Test
  void callbacksGetTheFailureItself_alsoOfATaskThatNobodyAsked() throws Exception {
    run(
        () -> {
          Task<Integer> ended = Task.start(() -> breaks());
          Task.sleep(SECOND);
          Throwable failure = Task.await(ended.handle((v, e) -> e));
          assertSame(Broken.class, failure.getClass());
          ended.whenComplete((v, e) -> assertSame(failure, e));
          assertEquals(1, Task.await(ended.exceptionally(e -> e == failure ? 1 : 2)));
          CompletionException e = assertBrokenJoin(ended);
          assertSame(CompletionException.class, e.getClass());
          assertSame(failure, e.getCause());
        });
  }

  private static CompletionException assertBrokenJoin(Task<Integer> t) {
    try {
      throw new AssertionError(t.join());
    } catch (CompletionException e) {
      return e;
    }
  }

  // ---- a scope throws a failure once, and not to who has it

  /** Gets the failure of a scope's child somehow. */
  interface Getting {
    @Coroutine
    void get(TaskScope scope, Task<Integer> child) throws Exception;
  }

  static List<Named<Getting>> getting() {
    return List.of(
        new Named<>("await", (s, c) -> c.await()),
        new Named<>("join", (s, c) -> s.join()),
        new Named<>("select", (s, c) -> Select.select(Select.onAwait(c, x -> x))),
        new Named<>("allOf", (s, c) -> Task.await(CompletableFuture.allOf(c, s.fork(() -> 1)))),
        new Named<>("thenApply", (s, c) -> Task.await(c.thenApply(x -> x + 1))),
        new Named<>("sibling", (s, c) -> s.fork(() -> c.await() + 1).await()),
        new Named<>("async method", (s, c) -> Task.await(awaits(c))),
        new Named<>("join of the task", (s, c) -> causeOf(c)),
        new Named<>(
            "a value",
            (s, c) -> {
              throw (Exception) Task.await(c.handle((v, e) -> e));
            }),
        new Named<>("timeout", (s, c) -> Task.timeout(HOUR, () -> c.await())));
  }

  @Coroutine
  private static CompletableFuture<Integer> awaits(Task<Integer> t) {
    return CompletableFuture.completedFuture(t.await());
  }

  @Coroutine
  private static void causeOf(Task<Integer> t) throws Exception {
    Task.sleep(SECOND);
    try {
      t.join();
    } catch (CompletionException e) {
      throw (Exception) e.getCause();
    }
  }

  @ParameterizedTest
  @MethodSource("getting")
  void whoGotAFailureAndLetsItOut_getsThatAlone(Named<Getting> getting) throws Exception {
    run(
        () -> {
          Throwable t =
              failureOf(
                  () -> {
                    try (TaskScope scope = TaskScope.open()) {
                      Task<Integer> child = scope.fork(() -> breaks());
                      getting.of.get(scope, child);
                    }
                    return "nothing";
                  });
          assertSame(Broken.class, t.getClass());
          assertArrayEquals(new Throwable[0], t.getSuppressed());
        });
  }

  @ParameterizedTest
  @MethodSource("getting")
  void whoGotAFailureAndHandledIt_closesInPeace(Named<Getting> getting) throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            Task<Integer> child = scope.fork(() -> breaks());
            try {
              getting.of.get(scope, child);
            } catch (Exception e) {
              log.add(e.getMessage());
            }
            thrown(Broken.class, () -> failsAfter(0, new Broken("another, in between")));
          }
        });
    assertLog("broken");
  }

  @Test
  void aFailureThatItsOwnerHandlesByACallback_isNotThrownByClose() throws Exception {
    run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            assertEquals(7, Task.await(scope.fork(() -> breaks()).exceptionally(e -> 7)));
          }
        });
  }

  @Test
  void aFailureThatOnlyASiblingGot_isThrownByClose() throws Exception {
    run(
        () -> {
          Throwable t =
              failureOf(
                  () -> {
                    try (TaskScope scope = TaskScope.open()) {
                      Task<Integer> child = scope.fork(() -> breaks());
                      scope.fork(() -> thrown(Broken.class, () -> child.await()));
                      Task.sleep(SECOND);
                    }
                    return "nothing";
                  });
          assertSame(Broken.class, t.getClass());
        });
  }

  @Test
  void whatOthersFailedWith_isThrown_whereTheFirstWasHandled() throws Exception {
    run(
        () -> {
          Throwable t =
              failureOf(
                  () -> {
                    try (TaskScope scope = TaskScope.open()) {
                      Task<Integer> child = scope.fork(() -> breaks());
                      scope.fork(() -> cleansUpBadly("second"));
                      thrown(Broken.class, () -> child.await());
                    }
                    return "nothing";
                  });
          assertEquals("second", t.getMessage());
        });
  }

  @Coroutine
  private static void cleansUpBadly(String message) {
    try {
      Task.sleep(HOUR);
    } finally {
      fail(message);
    }
  }

  private static void fail(String message) {
    throw new Broken(message);
  }

  @Test
  void aScopeThatIsNeverClosed_isReported_andItsChildrenEnd() throws Exception {
    try (Reports reports = new Reports()) {
      run(
          () -> {
            Task<?> owner =
                Task.start(
                    "owner",
                    () -> {
                      TaskScope fails = TaskScope.open();
                      fails.fork(() -> breaks());
                      TaskScope.open().fork(() -> cleansUpBadly("late"));
                      Task.sleep(SECOND);
                    });
            owner.await();
            Task.yield();
          });
      List<String> messages = reports.messages();
      assertEquals(3, messages.size(), messages.toString());
      assertTrue(
          messages.get(0).startsWith("Task[owner] has ended, but not the children of a TaskScope"));
      assertEquals("a child of a TaskScope failed that was never closed", messages.get(1));
      assertTrue(messages.get(2).endsWith(" failed, and its TaskScope was never closed"));
      assertEquals("broken", reports.records().get(1).getThrown().getMessage());
      assertEquals("late", reports.records().get(2).getThrown().getMessage());
    }
  }

  // ---- who fails while it cleans up

  @Test
  void aFailureInACancelledOwnersScope_isWithWhatTheAwaiterSees() throws Exception {
    run(
        () -> {
          Task<Void> owner = Task.start(() -> ownsOneThatFails());
          Task.yield();
          Task.yield();
          owner.cancel(false);
          CancellationException e = thrown(CancellationException.class, () -> owner.await());
          assertSame(TaskCancelled.class, e.getCause().getClass());
          assertEquals("could not", e.getCause().getSuppressed()[0].getMessage());
          assertTrue(owner.isCancelled());
        });
  }

  @Coroutine
  private static void ownsOneThatFails() {
    try (TaskScope scope = TaskScope.open()) {
      scope.fork(() -> cleansUpBadly("could not"));
      scope.join();
    }
  }

  @Test
  void ifNobodyAwaitsIt_itIsReported() throws Exception {
    try (Reports reports = new Reports()) {
      run(
          () -> {
            Task<Void> owner = Task.start("owner", () -> ownsOneThatFails());
            Task.yield();
            Task.yield();
            owner.cancel(false);
            Task.sleep(SECOND);
          });
      assertEquals(
          List.of(
              "Task[owner] was cancelled, and failed while it cleaned up, and nobody asked for its"
                  + " outcome"),
          reports.messages());
    }
  }

  @Test
  void inATimeout_itIsWithTheCause() throws Exception {
    run(
        () -> {
          TimeoutException e =
              thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> ownsOneThatFails()));
          assertEquals("could not", e.getCause().getSuppressed()[0].getMessage());
        });
  }

  @Test
  void inAScopeWithinAScope_itReachesTheOutermost() throws Exception {
    run(
        () -> {
          Task<Void> owner =
              Task.start(
                  () -> {
                    try (TaskScope scope = TaskScope.open()) {
                      scope.fork(() -> ownsOneThatFails());
                      scope.join();
                    }
                  });
          Task.sleep(SECOND);
          owner.cancel(false);
          CancellationException e = thrown(CancellationException.class, () -> owner.await());
          assertEquals("could not", e.getCause().getSuppressed()[0].getMessage());
        });
  }

  // ---- what is cancelled without a word

  @Coroutine
  private static String startsOneAndReturns(String name) {
    Task.start(
        name,
        () -> {
          Task.sleep(HOUR);
          return name;
        });
    Task.yield();
    return "returned";
  }

  @Test
  void aTaskThatAPlainCallLeavesBehind_isNamed_once() {
    try (Reports reports = new Reports()) {
      assertEquals("returned", startsOneAndReturns("audit"));
      assertEquals("returned", startsOneAndReturns("audit again"));
      assertEquals(1, reports.messages().size(), reports.messages().toString());
      String message = reports.messages().get(0);
      assertTrue(message.contains("\n  audit: waiting in Task.sleep\n      at "), message);
      assertTrue(message.contains("NothingIsLostTest.java"), message);
    }
  }

  // ---- what a wait leaves behind

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void awaitsThatEndBefore_leaveNothingAtATask(boolean timedOut) throws Exception {
    run(
        () -> {
          Task<Void> awaited = Task.start(() -> Task.sleep(HOUR));
          endBefore(awaited, timedOut, 100);
          assertEquals(0, awaited.getNumberOfDependents());
          awaited.cancel(false);
        });
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void awaitsThatEndBefore_leaveNoMoreAtAFutureThanThereWereAtATime(boolean timedOut)
      throws Exception {
    run(
        () -> {
          CompletableFuture<String> awaited = new CompletableFuture<>();
          endBefore(awaited, timedOut, 100);
          assertTrue(awaited.getNumberOfDependents() <= 1);
          Task<String> first = Task.start(() -> Task.await(awaited));
          Task<String> second = Task.start(() -> Task.await(awaited));
          Task.yield();
          first.cancel(false);
          Task<String> third = Task.start(() -> Task.await(awaited));
          Task.yield();
          assertTrue(awaited.getNumberOfDependents() <= 2);
          awaited.complete("value");
          assertEquals("value", second.await());
          assertEquals("value", third.await());
          assertTrue(first.isCancelled());
        });
  }

  @Coroutine
  private static void endBefore(CompletableFuture<?> awaited, boolean timedOut, int times) {
    for (int i = 0; i < times; i++) {
      if (timedOut) {
        thrown(
            TimeoutException.class,
            () ->
                Task.timeout(
                    SECOND,
                    () -> {
                      Task.await(awaited);
                    }));
      } else {
        Task<Void> waiting =
            Task.start(
                () -> {
                  Task.await(awaited);
                });
        Task.yield();
        waiting.cancel(false);
        thrown(CancellationException.class, () -> waiting.await());
      }
    }
  }

  // ---- who swallows its cancellation

  /** A wait, and whether it throws at once where its task is cancelled: others pause before, or end later. */
  record Wait(String name, boolean throwsAtOnce, CoroutineRunnable of) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Wait> waits() {
    Channel<Integer> empty = new Channel<>(0);
    CompletableFuture<Integer> never = new CompletableFuture<>();
    Task<Void> ended = Task.start(Runnable::run, () -> {});
    return List.of(
        new Wait("sleep", true, () -> Task.sleep(SECOND)),
        new Wait("yield", true, () -> Task.yield()),
        new Wait(
            "await",
            true,
            () -> {
              Task.await(never);
            }),
        new Wait(
            "await a stage",
            true,
            () -> {
              Task.await(never.minimalCompletionStage());
            }),
        new Wait(
            "await what is done",
            false,
            () -> {
              Task.await(ended);
            }),
        new Wait(
            "suspend",
            true,
            () -> {
              Task.suspend(r -> {});
            }),
        new Wait(
            "blocking",
            false,
            () -> {
              Task.blocking(() -> 1);
            }),
        new Wait(
            "await a plain future",
            false,
            () -> {
              Task.await(new FutureTask<>(() -> 1));
            }),
        new Wait(
            "receive",
            false,
            () -> {
              empty.receive();
            }),
        new Wait("timeout", true, () -> Task.timeout(SECOND, () -> Task.sleep(HOUR))));
  }

  @ParameterizedTest
  @MethodSource("waits")
  void whoSwallowsItsCancellation_letsTheOthersRun_andIsNamedOnce(Wait wait) throws Exception {
    try (Reports reports = new Reports()) {
      run(
          () -> {
            boolean[] stop = {false};
            Task<Void> swallows = Task.start("swallows", () -> retries(wait.of, stop));
            Task.yield();
            swallows.cancel(false);
            for (int i = 0; i < 200; i++) {
              Task.yield();
            }
            stop[0] = true;
            swallows.await();
          });
      if (wait.throwsAtOnce) {
        assertEquals(1, reports.messages().size(), reports.messages().toString());
        String message = reports.messages().get(0);
        assertTrue(message.startsWith("Task[swallows] goes on after its cancellation"), message);
        assertTrue(message.contains("NothingIsLostTest.retries(NothingIsLostTest.java:"), message);
      }
    }
  }

  @Coroutine
  private static void retries(CoroutineRunnable wait, boolean[] stop) {
    while (!stop[0]) {
      try {
        wait.run();
      } catch (Throwable t) {
        assertTrue(t instanceof TaskCancelled || t instanceof TimeoutException, t.toString());
      }
    }
  }

  @Test
  void afterTheCancellation_aLoopsOtherTasksGoOn_inRealTime() throws Exception {
    try (EventLoop loop = EventLoop.open("others")) {
      boolean[] stop = {false};
      Task<Void> swallows = loop.start(() -> retries(() -> Task.sleep(Duration.ofMillis(1)), stop));
      swallows.cancel(false);
      assertEquals("done", loop.start(() -> sleepsAndGives()).get(300, TimeUnit.SECONDS));
      loop.submit(() -> stop[0] = true).get(300, TimeUnit.SECONDS);
    }
  }

  @Coroutine
  private static String sleepsAndGives() {
    for (int i = 0; i < 5; i++) {
      Task.sleep(Duration.ofMillis(1));
    }
    return "done";
  }
}
