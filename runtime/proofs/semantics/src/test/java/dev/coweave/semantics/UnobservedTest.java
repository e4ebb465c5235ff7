package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A task that fails and is never observed is reported, once. */
class UnobservedTest {
  private static final RuntimeException FAILURE = new IllegalStateException("lost");
  private static final CoroutineRunnable FAILS =
      () -> {
        Task.yield();
        throw FAILURE;
      };

  /** Collects garbage until a report comes; what it reports was dropped by the caller. */
  private static List<String> awaitWhileCollecting(Reports reports, String text) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (reports.messages().stream().noneMatch(m -> m.contains(text))
        && System.nanoTime() < deadline) {
      System.gc();
      TimeUnit.MILLISECONDS.sleep(10); // the cleaner's thread needs a moment
    }
    return reports.await(text);
  }

  private static void collect(WeakReference<?> garbage) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (garbage.get() != null) {
      assertTrue(System.nanoTime() < deadline, "something holds " + garbage.get());
      System.gc();
      TimeUnit.MILLISECONDS.sleep(10);
    }
  }

  @Test
  void ifSomebodyAsksJustAsItEnds_isNotReported() throws Exception {
    try (Reports reports = new Reports();
        EventLoop loop = EventLoop.open("failing")) {
      for (int i = 0; i < 5_000; i++) {
        Task<Void> task = loop.start("asked", FAILS);
        while (!task.isDone()) {
          Thread.onSpinWait();
        }
        assertThrows(ExecutionException.class, () -> task.get());
      }
      loop.start("dropped", FAILS);
      awaitWhileCollecting(reports, "dropped");
      // Garbage of other tests may be reported here, too.
      assertEquals(
          List.of(), reports.messages().stream().filter(m -> m.contains("asked]")).toList());
    }
  }

  @Test
  void isReportedWhenItsLoopEnds_onceForAll() throws Exception {
    try (Reports reports = new Reports()) {
      EventLoop.run(
          new VirtualClock(),
          () -> {
            Task.start("lost", FAILS);
            Task.start("told", FAILS).exceptionally(e -> null);
            Task.sleep(Duration.ofSeconds(1));
          });
      assertEquals(
          List.of("Task[lost] failed, and nobody asked for its outcome"), reports.messages());
      assertSame(FAILURE, reports.records().get(0).getThrown());
      assertEquals(Level.SEVERE, reports.records().get(0).getLevel());
      System.gc(); // the task is garbage: it must not be reported a second time
      dropped("next", Runnable::run);
      awaitWhileCollecting(reports, "next");
      assertEquals(2, reports.messages().size());
    }
  }

  /** Starts a task that nobody keeps. */
  private static WeakReference<Task<Void>> dropped(String name, Executor executor) {
    return new WeakReference<>(Task.start(executor, name, FAILS));
  }

  @Test
  void ofAnExecutor_isReportedWhenItIsGarbage() throws Exception {
    try (Reports reports = new Reports()) {
      WeakReference<Task<Void>> task = dropped("garbage", Runnable::run);
      assertEquals(
          List.of("Task[garbage] failed, and nobody asked for its outcome"),
          awaitWhileCollecting(reports, "garbage"));
      collect(task);
    }
  }

  @Test
  void ofALoopThatGoesOn_isReportedWhenItIsGarbage() throws Exception {
    try (Reports reports = new Reports();
        EventLoop loop = EventLoop.open("goes on")) {
      EventLoop target = loop;
      WeakReference<Task<Void>> task = startOn(target);
      assertEquals(
          List.of("Task[of a loop] failed, and nobody asked for its outcome"),
          awaitWhileCollecting(reports, "of a loop"));
      collect(task);
    }
  }

  private static WeakReference<Task<Void>> startOn(EventLoop loop) {
    return new WeakReference<>(loop.start("of a loop", FAILS));
  }

  static List<Consumer<Task<Void>>> observers() {
    return List.of(
        t -> t.whenComplete((v, e) -> {}),
        t -> t.exceptionally(e -> null),
        t -> t.handle((v, e) -> null),
        t -> t.toCompletableFuture().thenRun(() -> {}),
        t -> {
          try {
            t.join();
          } catch (CompletionException e) {
            assertSame(FAILURE, e.getCause());
          }
        },
        t -> {
          try {
            t.getNow(null);
          } catch (CompletionException e) {
            assertSame(FAILURE, e.getCause());
          }
        },
        t -> {
          try {
            t.await();
          } catch (RuntimeException e) {
            assertSame(FAILURE, e);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("observers")
  void whoeverAsksForTheOutcome_observesIt(Consumer<Task<Void>> observer) throws Exception {
    try (Reports reports = new Reports()) {
      WeakReference<Task<Void>> observed = observed(observer);
      collect(observed);
      dropped("next", Runnable::run); // reports come in the order in which garbage is found
      awaitWhileCollecting(reports, "next");
      assertEquals(
          List.of("Task[next] failed, and nobody asked for its outcome"), reports.messages());
    }
  }

  private static WeakReference<Task<Void>> observed(Consumer<Task<Void>> observer) {
    Task<Void> t = Task.start(Runnable::run, "observed", FAILS);
    observer.accept(t);
    return new WeakReference<>(t);
  }

  @Test
  void aChildOfAScope_isItsScopes_andNotReported() throws Exception {
    try (Reports reports = new Reports()) {
      EventLoop.run(
          new VirtualClock(),
          () -> {
            try (TaskScope scope = TaskScope.open(TaskScope.Policy.ALL_OUTCOMES)) {
              scope.fork("child", FAILS);
              scope.join();
            }
          });
      assertEquals(List.of(), reports.messages());
    }
  }

  @Test
  void aCancelledTask_hasNotFailed() throws Exception {
    try (Reports reports = new Reports()) {
      EventLoop.run(
          new VirtualClock(),
          () -> {
            Task.start("cancelled", () -> Task.sleep(Duration.ofHours(1)));
            Task.yield();
          });
      assertEquals(List.of(), reports.messages());
    }
  }

  /** A program that ends with a failure that nobody asked for. */
  public static final class Exits {
    static Task<Void> kept;

    public static void main(String[] args) {
      kept = Task.start(Runnable::run, "kept", FAILS);
    }
  }

  @Test
  void whatIsStillReferencedAtTheEnd_isReportedAtExit() throws Exception {
    String out = OwnJvm.output(0, Exits.class);
    assertEquals(
        1, out.split("Task\\[kept] failed, and nobody asked for its outcome", -1).length - 1, out);
  }

  /** A program whose first failure comes when the JVM exits already. */
  public static final class FailsAtExit {
    public static void main(String[] args) {
      Runtime.getRuntime().addShutdownHook(new Thread(FailsAtExit::fail));
    }

    private static void fail() {
      EventLoop loop = EventLoop.create(new VirtualClock());
      Task<Void> dropped = loop.start("dropped", FAILS);
      loop.runAll();
      System.out.println(dropped);
    }
  }

  @Test
  void aFailureAtExit_isTheTasksAlone() throws Exception {
    assertEquals("Task[dropped, failed]\n", OwnJvm.output(0, FailsAtExit.class));
  }

  /** A program whose logger can't write. */
  public static final class CantLog {
    public static void main(String[] args) throws Exception {
      Logger logger = Logger.getLogger("dev.coweave");
      logger.addHandler(
          new StreamHandler() {
            @Override
            public void publish(LogRecord report) {
              throw new IllegalStateException("the disk is full");
            }
          });
      logger.setUseParentHandlers(false);
      EventLoop.run(
          () -> {
            Task.start("dropped", FAILS);
            Task.yield();
            Task.yield();
          });
      System.out.println("the loop ends well");
    }
  }

  @Test
  void aLoggerThatFails_isNotTheLoops() throws Exception {
    assertEquals(
        "Task[dropped] failed, and nobody asked for its outcome: "
            + FAILURE
            + "; not logged: java.lang.IllegalStateException: the disk is full\n"
            + "the loop ends well\n",
        OwnJvm.output(0, CantLog.class));
  }
}
