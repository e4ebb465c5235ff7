package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Mutex;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A suspending method called from plain code runs to its end on the calling thread; one under a plain frame can't wait. */
class PlainCallsTest {
  private static final Duration MOMENT = Duration.ofMillis(1);
  private final List<String> log = new ArrayList<>();

  @Coroutine
  private static String fetch(int depth) {
    if (depth > 0) {
      return fetch(depth - 1);
    }
    Task.sleep(MOMENT);
    return "fetched";
  }

  @Coroutine
  private static int depthOf(int n) {
    return n == 0 ? 0 : 1 + depthOf(n - 1);
  }

  // ---- from plain code

  @Test
  void theThreadWaits_andHasTheResult() {
    assertEquals("fetched", fetch(3));
  }

  @Test
  void aFailure_isThrownAsItIs() {
    IOException failure = new IOException();
    assertSame(failure, assertThrows(IOException.class, () -> failsLater(failure)));
  }

  @Coroutine
  private static void failsLater(IOException failure) throws IOException {
    Task.sleep(MOMENT);
    throw failure;
  }

  @Test
  void oneThatNeedsNeitherTaskNorLoop_makesNone() {
    assumeFalse(Integer.getInteger("coweave.maxDepth", 256) == 1, "each call unwinds, by its loop");
    CompletableFuture<String> done = CompletableFuture.completedFuture("x");
    Mutex mutex = new Mutex();
    Channel<String> channel = new Channel<>(1);
    assertTrue(bytesOf(() -> suspends(false)) < 200);
    assertTrue(bytesOf(() -> Task.await(done)) < 300);
    assertTrue(
        bytesOf(
                () -> {
                  mutex.lock();
                  mutex.unlock();
                })
            < 300);
    assertTrue(
        bytesOf(
                () -> {
                  channel.send("x");
                  channel.receive();
                })
            < 600);
  }

  /** What a call allocates, without the looks at the stack of the first. */
  private static long bytesOf(Runnable call) {
    var thread = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 1000; i++) {
      long before = thread.getCurrentThreadAllocatedBytes();
      call.run();
      least = Math.min(least, thread.getCurrentThreadAllocatedBytes() - before);
    }
    return least;
  }

  @Coroutine
  private static void suspends(boolean really) {
    if (really) {
      Task.yield();
    }
  }

  @Test
  void itsTask_isTheSame_whoeverAsks_andWhenever() {
    List<Task<?>> seen = tasksOfACall();
    assertEquals(1, seen.stream().distinct().count());
    assertTrue(seen.get(0).isDone());
    assertEquals(List.of(), Task.all());
    assertThrows(IllegalStateException.class, Task::current);
  }

  @Coroutine
  private static List<Task<?>> tasksOfACall() {
    List<Task<?>> seen = new ArrayList<>();
    depthOf(10);
    seen.add(Task.current());
    seen.addAll(Task.all());
    Task.yield();
    seen.add(Task.current());
    return seen;
  }

  @Test
  void aPlainCallInside_knowsItAsTheCallAroundIt() {
    String message = assertThrows(IllegalStateException.class, this::callsPlainly).getMessage();
    assertTrue(message.startsWith("Task.sleep would block the coroutine"), message);
  }

  @Coroutine
  private void callsPlainly() {
    Runnable plain = () -> fetch(0);
    plain.run();
  }

  @Test
  void itsFirstFailure_orFirstLock_isItsTasksToo() {
    assertThrows(IllegalStateException.class, PlainCallsTest::locksTwice);
    Mutex mutex = new Mutex();
    mutex.lock();
    assertNull(mutex.owner());
    assertEquals("Mutex held by plain code", mutex.toString());
    mutex.unlock();
    assertFalse(mutex.isLocked());
  }

  @Coroutine
  private static void locksTwice() {
    Mutex mutex = new Mutex();
    mutex.lock();
    assertSame(Task.current(), mutex.owner());
    mutex.lock();
  }

  @Test
  void itsTasks_liveOnThisThread() {
    assertEquals(List.of(Thread.currentThread()), threadsOfATask());
  }

  @Coroutine
  private static List<Thread> threadsOfATask() {
    List<Thread> threads = new ArrayList<>();
    Task<Void> t =
        Task.start(
            () -> {
              Task.sleep(MOMENT);
              threads.add(Thread.currentThread());
            });
    Task.await(t);
    return threads;
  }

  @Test
  void theTasksThatItLeaves_areCancelledAndEndedFirst() {
    startsAndReturns(true);
    log.add("returned");
    assertEquals(List.of("began", "cleaned up", "returned"), log);
    log.clear();
    startsAndReturns(false);
    assertEquals(List.of("began", "cleaned up"), log, "it runs to its first wait");
  }

  @Coroutine
  private void startsAndReturns(boolean waits) {
    Task.start(() -> cleansUp());
    if (waits) {
      Task.yield();
    }
  }

  @Coroutine
  private void cleansUp() {
    try {
      log.add("began");
      Task.sleep(Duration.ofHours(1));
    } finally {
      log.add("cleaned up");
    }
  }

  @Test
  void aCallThatFails_endsItsTasksToo() {
    assertThrows(IOException.class, () -> startsAndFails());
    assertEquals(List.of("began", "cleaned up"), log);
  }

  @Coroutine
  private void startsAndFails() throws IOException {
    Task.start(() -> cleansUp());
    throw new IOException();
  }

  @Test
  void aCallThatCancelsItself_throwsCancellationException_asEventLoopRunDoes() {
    CancellationException e = assertThrows(CancellationException.class, () -> cancelsItself());
    assertInstanceOf(TaskCancelled.class, e.getCause());
  }

  @Coroutine
  private static void cancelsItself() {
    Task.current().cancel(false);
    Task.sleep(MOMENT);
  }

  @Test
  void anInterrupt_cancelsTheCall_andTheThreadStaysInterrupted() {
    Thread.currentThread().interrupt();
    assertThrows(CancellationException.class, () -> cleansUp());
    assertTrue(Thread.interrupted());
    assertEquals(List.of("began", "cleaned up"), log);
  }

  @Test
  void anInterrupt_reachesACallThatIsNeverIdle_too() {
    Thread me = Thread.currentThread();
    assertThrows(CancellationException.class, () -> yieldsUntilCancelled(me));
    assertTrue(Thread.interrupted());
  }

  @Coroutine
  private static void yieldsUntilCancelled(Thread me) {
    for (int turn = 0; turn < 1_000_000; turn++) {
      if (turn == 10) {
        me.interrupt();
      }
      Task.yield();
    }
  }

  @Test
  void inAWorkersCall_theWorkerWaits() throws Exception {
    assertEquals("fetched", EventLoop.run(() -> Task.blocking(() -> fetch(1))));
  }

  @Test
  void deepRecursion_needsTheHeapOnly_waitingOrNot() {
    assertEquals(200_000, depthOf(200_000));
    assertEquals("fetched", fetch(200_000));
  }

  // ---- under a plain frame of a coroutine

  private static <T> T plainly(Supplier<T> call) {
    return call.get();
  }

  @Test
  void whereNothingHasToWait_itWorks_howeverDeep() throws Exception {
    EventLoop.run(
        () -> {
          assertEquals(100_000, plainly(() -> depthOf(100_000)));
          assertEquals(
              "there", plainly(() -> Task.await(CompletableFuture.completedFuture("there"))));
          Task.yield();
          assertEquals("goes on", plainly(() -> "goes on"));
        });
  }

  @Test
  void whereItWouldWait_theErrorNamesTheCoroutineAndThePlainMethod() throws Exception {
    String message = EventLoop.run(() -> sortsByFetching());
    assertTrue(
        message.matches(
            "(?s)Task.sleep would block the coroutine"
                + " .*PlainCallsTest.sortsByFetching\\(PlainCallsTest.java:\\d+\\)\n"
                + "  because: it was reached through the plain method .*PlainCallsTest.*lambda.*,"
                + " which can't be suspended: java.util.TimSort.\\w+ calls it as a"
                + " java.util.Comparator, whose method is no @Coroutine\n"
                + "  fix: wait before the call, and use the outcome in the lambda; .*"),
        message);
  }

  @Coroutine
  private static String sortsByFetching() {
    Integer[] numbers = {2, 1};
    Task.sleep(MOMENT);
    try {
      Arrays.sort(numbers, (a, b) -> fetch(a).compareTo(fetch(b)));
      return "sorted";
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
  }

  @Test
  void afterSuchAnError_theCoroutineGoesOn_andMayWait() throws Exception {
    EventLoop.run(
        () -> {
          sortsByFetching();
          assertEquals("fetched", fetch(2));
        });
  }

  @Test
  void onALoopsThreadOutsideTasks_likewise() throws Exception {
    CompletableFuture<String> said = new CompletableFuture<>();
    EventLoop.run(
        () -> {
          EventLoop.current().execute(() -> said.complete(errorOfAFetch()));
          String message = Task.await(said);
          assertTrue(
              message.startsWith("Task.sleep would block the event loop's thread\n"), message);
        });
  }

  private static String errorOfAFetch() {
    return assertThrows(IllegalStateException.class, () -> fetch(0)).getMessage();
  }

  @Test
  void inAnAsyncCallOutsideLoops_likewise() {
    CompletionException e = assertThrows(CompletionException.class, () -> sortsAsync().join());
    assertTrue(
        e.getCause().getMessage().startsWith("Task.sleep would block the coroutine "),
        e.getCause().getMessage());
  }

  @Coroutine
  private static CompletableFuture<String> sortsAsync() {
    Integer[] numbers = {2, 1};
    Arrays.sort(numbers, (a, b) -> fetch(a).compareTo(fetch(b)));
    return CompletableFuture.completedFuture("sorted");
  }

  @Test
  void inAGeneratorsBody_aPlainCallMustNotWait_butMayRun() {
    Generator<Object> g = generates(() -> plainly(() -> depthOf(1000)));
    assertEquals(1000, g.next());
    Generator<Object> h = generates(() -> plainly(() -> fetch(0)));
    IllegalStateException e = assertThrows(IllegalStateException.class, h::next);
    assertTrue(e.getMessage().startsWith("Task.sleep would block "), e.getMessage());
    assertFalse(h.hasNext());
  }

  @Coroutine
  private static Generator<Object> generates(Supplier<Object> element) {
    Generator.yield(element.get());
    return Generator.end();
  }

  @Test
  void aStream_mayCallWhatDoesNotWait() throws Exception {
    int sum =
        EventLoop.run(
            () -> {
              Task.sleep(MOMENT);
              return List.of(1, 2, 3).stream().mapToInt(n -> depthOf(n)).sum();
            });
    assertEquals(6, sum);
  }

  @Test
  void aTaskStartedThere_belongsToTheLoop() throws Exception {
    EventLoop.run(
        () -> {
          List<Task<String>> tasks = new ArrayList<>();
          plainly(() -> tasks.add(Task.start(() -> fetch(0))));
          assertEquals("fetched", Task.await(tasks.get(0)));
        });
  }

  @Test
  void aCancelledCoroutine_underAPlainFrame_isToldSoOnlyAtARealWait() {
    assertThrows(
        CancellationException.class,
        () ->
            EventLoop.run(
                () -> {
                  Task.current().cancel(false);
                  assertEquals(10, plainly(() -> depthOf(10)));
                  log.add("not yet");
                  Task.yield();
                }));
    assertEquals(List.of("not yet"), log);
  }
}
