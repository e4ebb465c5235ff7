package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.LoopFigures;
import dev.coweave.loop.VirtualClock;
import dev.coweave.sync.Barrier;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import dev.coweave.task.TaskDump;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What tasks do can be seen from outside, in text and in figures. */
class DumpsTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @Coroutine
  private static int receive(Channel<Integer> channel) {
    int n = channel.receive();
    return n + 1;
  }

  @Coroutine
  private static void crawl(Channel<Integer> channel, int pages) {
    try (TaskScope scope = TaskScope.open()) {
      for (int i = 1; i <= pages; i++) {
        scope.fork("page-" + i, () -> receive(channel));
      }
      scope.join();
    }
  }

  /** A dump without line numbers and module names, the test's own lines by their methods alone. */
  private static String normal(String dump) {
    return dump.replaceAll("\\(\\w+\\.java(:\\d+)?\\)", "")
        .replaceAll(" of \\w+@[0-9a-f]+", "")
        .replaceAll(", for (up to )?\\d+ s(?=\n|$)", "")
        .replaceAll("dev\\.coweave/|app//|java\\.base(@[\\w.+-]+)?/", "")
        .replaceAll(" at [\\w.$]*?(DumpsTest|TaskScope)\\.", " at $1.")
        .replaceAll("lambda\\$[\\w$]+", "lambda");
  }

  @Test
  void aName_isTextOfOneLine_inWhateverReport() throws Exception {
    String name = "a\n  b: ready\u001b[31m\t\r\u2028\u202e\u0085é\"\\";
    String shown = "a\\n  b: ready\\u001b[31m\\t\\r\\u2028\\u202e\\u0085é\"\\";
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Task<?> sleeper = Task.start(name, () -> Task.sleep(HOUR));
          Task<?> awaiter = Task.start("awaiter", () -> sleeper.await());
          Task<?> fails = Task.start(name, () -> fail());
          Task.yield();
          Task.yield();
          String dump = dump();
          assertTrue(dump.contains("\n  " + shown + ": waiting in Task.sleep"), dump);
          assertTrue(dump.contains("waiting in Task.await of " + shown + "\n"), dump);
          assertEquals("Task[" + shown + ", waiting in Task.sleep]", sleeper.toString());
          String trace = Arrays.toString(failure(fails).getStackTrace());
          assertTrue(trace.contains("Task.start(" + shown + ")"), trace);
          sleeper.cancel(true);
          awaiter.cancel(true);
        });
  }

  private static Throwable failure(Task<?> failed) {
    try {
      return new AssertionError(failed.getNow(null));
    } catch (CompletionException e) {
      return e.getCause();
    }
  }

  @Coroutine
  private static void fail() {
    Task.yield();
    throw new IllegalStateException();
  }

  @Test
  void ofALoop_showsTheTree_andThoseInTheSamePlaceTogether() throws Exception {
    Channel<Integer> channel = new Channel<>(0);
    String dump =
        EventLoop.run(
            new VirtualClock(),
            () -> {
              Task.start("crawler", () -> crawl(channel, 3));
              Task.start("sleeper", () -> Task.sleep(HOUR));
              Task.yield();
              Task.yield();
              Task.start("new", () -> Task.sleep(HOUR));
              return dump();
            });
    String[] lines = normal(dump).split("\n");
    assertEquals(
        "event loop on thread " + Thread.currentThread().getName() + ": 7 tasks, 1 ready, 1 timer",
        lines[0]);
    assertTrue(lines[1].matches("  task-\\d+: running"), dump);
    assertEquals("      at dev.coweave.loop.EventLoop.dump", lines[2]);
    assertEquals("      at DumpsTest.dump", lines[3]);
    List<String> rest =
        List.of(lines)
            .subList(List.of(lines).indexOf("  crawler: waiting in TaskScope.join"), lines.length);
    assertEquals(
        """
        crawler: waiting in TaskScope.join
            at TaskScope.join
            at DumpsTest.crawl
            at DumpsTest.lambda
          page-1, page-2, page-3: waiting in Channel.receive
              at DumpsTest.receive
              at DumpsTest.lambda
        sleeper: waiting in Task.sleep
            at DumpsTest.lambda
        new: ready
            at dev.coweave.task.Task.start\
        """
            .indent(2)
            .stripTrailing(),
        String.join("\n", rest));
  }

  @Coroutine
  private static void left() {
    Task.<Void>suspend(r -> {});
  }

  @Coroutine
  private static void right() {
    Task.<Void>suspend(r -> {});
  }

  @Coroutine
  private static void wait(boolean first) {
    if (first) {
      Task.<Void>suspend(r -> {});
      Task.yield();
    }
    Task.<Void>suspend(r -> {});
    Task.yield();
  }

  /** Also where they differ by no more than a tail call, a line, or the operation. */
  @Test
  void neighboursInOtherPlaces_standApart() throws Exception {
    String dump =
        EventLoop.run(
            new VirtualClock(),
            () -> {
              Task.start("a", () -> left());
              Task.start("b", () -> right());
              for (String name : List.of("c", "d")) {
                Task.start(name, () -> wait(true));
              }
              Task.start("e", () -> wait(false));
              for (String name : List.of("f", "g")) {
                Task.start(name, () -> Task.sleep(HOUR));
              }
              Task.yield();
              Task.yield();
              return dump();
            });
    assertEquals(
        List.of("a", "b", "c, d", "e", "f, g"),
        dump.lines()
            .filter(l -> l.matches("  [a-g].*: waiting in .*"))
            .map(l -> l.substring(2, l.indexOf(':')))
            .toList(),
        dump);
    assertTrue(dump.contains("DumpsTest.left("), dump);
    assertTrue(dump.contains("DumpsTest.right("), dump);
  }

  private static String dump() {
    return EventLoop.current().dump();
  }

  @Coroutine
  private static void spend(CompletableFuture<Integer> done, String operation) {
    Channel<Integer> full = new Channel<>(Channel.UNLIMITED);
    Barrier alone = new Barrier(1);
    for (int i = 0; i < 1000; i++) {
      switch (operation) {
        case "task.Task.await" -> Task.await(done);
        case "sync.Channel.send" -> full.send(1);
        default -> alone.await();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"task.Task.await", "sync.Channel.send", "sync.Barrier.await"})
  void ofATaskThatLetsOthersRunBeforeAnOperation_showsTheOperation(String operation)
      throws Exception {
    String dump =
        EventLoop.run(
            new VirtualClock(),
            () -> {
              Task.start("busy", () -> spend(CompletableFuture.completedFuture(1), operation));
              Task.yield();
              return dump();
            });
    assertTrue(
        normal(dump).contains("  busy: ready\n      at dev.coweave." + operation + "\n"), dump);
  }

  @Test
  void ofManyInOnePlace_namesSome() throws Exception {
    Channel<Integer> channel = new Channel<>(0);
    String dump =
        EventLoop.run(
            new VirtualClock(),
            () -> {
              Task.start("crawler", () -> crawl(channel, 1000));
              Task.yield();
              Task.yield();
              return dump();
            });
    assertTrue(
        normal(dump).contains("page-19, page-20, … (1000 tasks): waiting in Channel.receive\n"),
        dump);
  }

  @Test
  void ofOneTask_showsItAlone() throws Exception {
    Channel<Integer> channel = new Channel<>(0);
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Task<Integer> t = Task.start("receiver", () -> receive(channel) + 1);
          Task.yield();
          assertEquals(
              """
              receiver: waiting in Channel.receive
                  at DumpsTest.receive
                  at DumpsTest.lambda\
              """,
              normal(TaskDump.of(t)));
          t.cancel(false);
          assertTrue(
              TaskDump.of(t).startsWith("receiver: ready, to be cancelled\n"), TaskDump.of(t));
          Task.yield();
          assertEquals("receiver: cancelled", TaskDump.of(t));
        });
  }

  @Test
  void ofALoopThatIsStuckInAStep_showsWhereItIsStuck_andTheOthers() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Channel<Integer> channel = new Channel<>(0);
    try (EventLoop loop = EventLoop.open("stuck loop");
        AutoCloseable end = () -> end(loop, release)) {
      Task<Integer> receiver = loop.start("receiver", () -> receive(channel));
      loop.start("blocker", () -> block(stuck, release));
      stuck.await();
      loop.start("submitted", () -> Task.sleep(HOUR)).cancel(false);
      String dump = normal(loop.dump());
      assertTrue(dump.startsWith("event loop \"stuck loop\": 2 tasks, 0 ready, 0 timers\n"), dump);
      assertTrue(dump.contains("\n  receiver: waiting in Channel.receive\n"), dump);
      assertTrue(dump.contains("\n  blocker: running\n"), dump);
      assertTrue(
          dump.contains(
              "\n"
                  + "      at java.util.concurrent.CountDownLatch.await\n"
                  + "      at DumpsTest.blocks\n"
                  + "      at DumpsTest.block\n"),
          dump);
      assertTrue(dump.contains("\n  submitted: ready, to be cancelled"), dump);
      assertTrue(TaskDump.ofAll().contains("blocker: running"));
      release.countDown();
      channel.send(1);
      assertEquals(2, receiver.get(300, TimeUnit.SECONDS));
    }
  }

  private static void end(EventLoop loop, CountDownLatch release) {
    release.countDown();
    loop.shutdownNow();
  }

  private static void blocks(CountDownLatch stuck, CountDownLatch release) throws Exception {
    stuck.countDown();
    release.await();
  }

  @Coroutine
  private static void block(CountDownLatch stuck, CountDownLatch release) throws Exception {
    Task.yield();
    blocks(stuck, release);
    Task.yield();
  }

  @Test
  void ofAll_showsTheTasksOfExecutors_andOfNoLoop() throws Exception {
    CompletableFuture<String> future = new CompletableFuture<>();
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      Task<String> pooled = Task.start(pool, "pooled", () -> Task.await(future));
      Task<String> direct = Task.start(Runnable::run, "direct", () -> Task.await(future) + "!");
      CompletableFuture<String> async = async(future);
      pool.submit(() -> {}).get(); // so that the task has begun to wait
      String dump = normal(TaskDump.ofAll());
      assertTrue(dump.contains("executor " + pool.getClass().getName()), dump);
      assertTrue(dump.contains("\n  pooled: waiting in Task.await"), dump);
      assertTrue(
          dump.contains("\n  direct: waiting in Task.await\n      at DumpsTest.lambda"), dump);
      assertTrue(dump.contains("outside any loop\n"), dump);
      assertTrue(dump.contains(": waiting in Task.await\n      at DumpsTest.async"), dump);
      future.complete("x");
      assertEquals("x", pooled.get(300, TimeUnit.SECONDS));
      assertEquals("x!", direct.join());
      assertEquals("x?", async.join());
      dump = TaskDump.ofAll();
      assertTrue(
          !dump.contains("pooled") && !dump.contains("direct") && !dump.contains("outside"), dump);
    } finally {
      pool.shutdown();
    }
  }

  /** An executor of which each method that is not its task fails. */
  private static final class Rude implements Executor {
    @Override
    public void execute(Runnable job) {
      job.run();
    }

    @Override
    public String toString() {
      throw new IllegalStateException("says nothing");
    }

    @Override
    public boolean equals(Object o) {
      throw new IllegalStateException("is not compared");
    }

    @Override
    public int hashCode() {
      throw new IllegalStateException("has no hash");
    }
  }

  @Test
  void ofAll_showsTheTasksOfAnExecutorThatCanSayNothing() throws Exception {
    CompletableFuture<String> future = new CompletableFuture<>();
    Executor rude = new Rude();
    CoroutineCallable<String> awaits = () -> Task.await(future);
    Task<String> one = Task.start(rude, "one", awaits);
    Task<String> other = Task.start(rude, "other", awaits);
    String dump = TaskDump.ofAll();
    future.complete("x");
    assertTrue(
        dump.matches(
            "(?s).*executor dev\\.coweave\\.semantics\\.DumpsTest\\$Rude@[0-9a-f]+\n  one, other:"
                + " waiting in Task\\.await.*"),
        dump);
    assertEquals("xx", one.join() + other.join());
  }

  @Coroutine
  private static CompletableFuture<String> async(CompletableFuture<String> f) {
    String s = Task.await(f);
    return CompletableFuture.completedFuture(s + "?");
  }

  @Coroutine
  private static int deep(int n, Channel<Integer> c) {
    return n == 0 ? receive(c) : deep(n - 1, c) + 1;
  }

  /** Whatever moment a dump is taken at, a task that waits shows the whole of its stack. */
  @Test
  void whileTasksRun_isNeverWrong() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try (EventLoop loop = EventLoop.open("busy");
        AutoCloseable end = loop::shutdownNow) {
      List<Executor> places = List.of(loop, pool);
      for (Executor place : places) {
        Channel<Integer> channel = new Channel<>(0);
        Task.start(
            place,
            "deep",
            () -> {
              while (!over.get()) {
                deep(5, channel);
              }
            });
        Task.start(
            place,
            "sender",
            () -> {
              while (!over.get()) {
                channel.trySend(1);
                Task.yield();
              }
              channel.close();
            });
      }
      Channel<Integer> channel = new Channel<>(0);
      loop.start(
          "deep",
          () -> {
            while (!over.get()) {
              deep(5, channel);
            }
          });
      loop.start(
          "sender",
          () -> {
            while (!over.get()) {
              channel.send(1);
            }
            channel.close();
          });
      int waiting = 0;
      for (int i = 0; i < 500 && waiting < 20; i++) {
        String dump = normal(TaskDump.ofAll());
        for (String task : dump.split("\n(?=  \\w)")) {
          if (task.startsWith("  deep: waiting in Channel.receive\n")) {
            waiting++;
            assertEquals(6, task.split("DumpsTest.deep").length - 1, dump);
            assertEquals(1, task.split("DumpsTest.receive").length - 1, dump);
          }
        }
      }
      assertTrue(waiting > 0);
      over.set(true);
    } finally {
      over.set(true);
      pool.shutdown();
    }
    assertTrue(pool.awaitTermination(300, TimeUnit.SECONDS));
  }

  // ---- figures

  @Test
  void figures_countWhatALoopHasToDo() throws Exception {
    Channel<Integer> channel = new Channel<>(0);
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Task.start(() -> receive(channel));
          Task.start(() -> Task.sleep(HOUR));
          Task.start(() -> {});
          Task.yield();
          Task.start(() -> {});
          LoopFigures f = EventLoop.current().figures();
          assertEquals(4, f.tasks());
          assertEquals(1, f.ready());
          assertEquals(2, f.waiting());
          assertEquals(1, f.timers());
          assertEquals(0, f.incoming());
          assertEquals(0, f.channels());
          assertEquals(0, f.workers());
          assertEquals(5, f.started());
          assertEquals(1, f.ended());
          assertEquals(Duration.ZERO, f.longestStep());
        });
  }

  @Test
  void figures_fromOutside_showWhatWaitsBehindAStuckStep() throws Exception {
    CountDownLatch stuck = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    try (EventLoop loop = EventLoop.open("figures");
        AutoCloseable end = () -> end(loop, release)) {
      loop.start(() -> block(stuck, release));
      stuck.await();
      for (int i = 0; i < 10; i++) {
        loop.execute(() -> {});
      }
      assertEquals(10, loop.figures().incoming());
      assertEquals(1, loop.figures().tasks());
      assertEquals(0, loop.figures().waiting());
      release.countDown();
    }
  }
}
