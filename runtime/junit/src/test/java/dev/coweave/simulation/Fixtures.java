package dev.coweave.simulation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.coweave.Coroutine;
import dev.coweave.junit.CoroutineExtension;
import dev.coweave.junit.CoroutineTest;
import dev.coweave.junit.CoroutineTests;
import dev.coweave.junit.Simulation;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Mutex;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Field;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Test classes that tests run: not found by the build, for their names don't end in Test. */
final class Fixtures {
  static final List<String> LOG = new CopyOnWriteArrayList<>();

  private Fixtures() {}

  static class Passing {
    @CoroutineTest
    void sleepsForHours() {
      Task.sleep(Duration.ofMinutes(50));
    }

    @CoroutineTest
    void takesWhatJUnitResolves(Simulation sim, TestInfo info, @TempDir Path dir) {
      Task.sleep(Duration.ofSeconds(3));
      assertEquals(Duration.ofSeconds(3), sim.elapsed());
      assertTrue(info.getDisplayName().startsWith("takesWhatJUnitResolves"));
      assertTrue(dir.toFile().isDirectory());
    }

    @CoroutineTest
    void isSkipped() {
      Task.yield();
      assumeTrue(false);
    }

    @CoroutineTest(seeds = 5)
    void isSkippedInAllSeeds() {
      assumeTrue(false);
    }
  }

  /** Made of ours, and of JUnit's. */
  @Retention(RetentionPolicy.RUNTIME)
  @Tag("slow")
  @CoroutineTest(seeds = 5)
  @interface Explored {}

  /** Made of one that is made of ours. */
  @Retention(RetentionPolicy.RUNTIME)
  @Explored
  @interface ExploredLongly {}

  static class Composed {
    @Explored
    void once(Simulation sim) {
      Task.sleep(Duration.ofMinutes(50));
      LOG.add("once " + sim.seed());
    }

    @ExploredLongly
    void twice(Simulation sim) {
      Task.sleep(Duration.ofMinutes(50));
      LOG.add("twice " + sim.seed());
    }
  }

  static class Leaking {
    @CoroutineTest
    void leaks() {
      Task.start("poller", () -> Task.sleep(Duration.ofDays(1)));
      Task.sleep(Duration.ofSeconds(2));
    }
  }

  static class Repeating {
    @CoroutineTest
    void leavesAJob(Simulation sim) {
      sim.loop("ui").scheduleAtFixedRate(() -> LOG.add("tick"), 1, 1, TimeUnit.MINUTES);
      sim.loop("ui").schedule(() -> LOG.add("once"), 1, TimeUnit.MINUTES);
      Task.sleep(Duration.ofSeconds(150));
    }

    @CoroutineTest
    void failsBesideAJob(Simulation sim) {
      sim.loop("ui").scheduleAtFixedRate(() -> LOG.add("tick"), 1, 1, TimeUnit.MINUTES);
      Task.sleep(Duration.ofSeconds(150));
      throw new IllegalStateException("the test's own");
    }
  }

  static class Unasked {
    @CoroutineTest
    void fails() {
      Task<Void> t =
          Task.start(
              "writer",
              () -> {
                throw new IllegalStateException("disk full");
              });
      Task.sleep(Duration.ofSeconds(2));
      t = null;
    }

    @CoroutineTest
    void jobFails(Simulation sim) {
      sim.loop("ui")
          .execute(
              () -> {
                throw new IllegalStateException("no window");
              });
      Task.sleep(Duration.ofSeconds(2));
    }
  }

  static class Deadlocked {
    private final Mutex left = new Mutex();
    private final Mutex right = new Mutex();

    @Coroutine
    private static void both(Mutex first, Mutex second) {
      first.lock();
      Task.yield();
      second.lock();
    }

    @CoroutineTest
    void locks() {
      Task<Void> a = Task.start("a", () -> both(left, right));
      Task<Void> b = Task.start("b", () -> both(right, left));
      a.await();
      b.await();
    }
  }

  static class Timed {
    @CoroutineTest(timeout = 60)
    void waitsTooLong() {
      while (true) {
        Task.sleep(Duration.ofSeconds(7));
      }
    }

    @CoroutineTest(wallTimeout = 1)
    void neverWaits() {
      int n = 0;
      while (!Thread.currentThread().isInterrupted()) {
        n++;
      }
    }

    @CoroutineTest(wallTimeout = 1)
    void waitsForNobody() {
      Task.await(new CompletableFuture<String>());
    }

    @CoroutineTest(wallTimeout = 1)
    void blocksForATask() {
      Task<Void> late = Task.start("late", () -> Task.sleep(Duration.ofMinutes(1)));
      Void unused = Task.blocking(() -> late.get());
    }

    @CoroutineTest(wallTimeout = 1)
    void letsOthersRunForEver() {
      while (true) {
        Task.yield();
      }
    }
  }

  /** Its before, test and after are one world, in each seed. */
  static class LifeCycle {
    private final List<String> calls = new ArrayList<>();
    private Task<Void> server = Task.completed(null);

    @BeforeEach
    @Coroutine
    void connect(Simulation sim) {
      Task.sleep(Duration.ofSeconds(1));
      server = Task.start("server", () -> Task.sleep(Duration.ofDays(1)));
      calls.add("connect at " + sim.elapsed());
    }

    @CoroutineTest(seeds = 20)
    void uses(Simulation sim) {
      Task.sleep(Duration.ofSeconds(1));
      calls.add("uses at " + sim.elapsed());
    }

    @AfterEach
    @Coroutine
    void disconnect(Simulation sim) {
      server.cancel(false);
      Task.sleep(Duration.ofSeconds(1));
      calls.add("disconnect at " + sim.elapsed());
      LOG.add(String.join(", ", calls));
    }
  }

  static class Outer {
    private final List<String> calls = new ArrayList<>();

    @BeforeEach
    void outer() {
      calls.add("outer");
    }

    @Nested
    class Inner {
      private final List<String> own = new ArrayList<>();

      @BeforeEach
      void inner() {
        own.add("inner");
      }

      @CoroutineTest(seeds = 10)
      void bothAreFresh() {
        Task.yield();
        assertEquals(List.of("outer"), calls);
        assertEquals(List.of("inner"), own);
      }
    }
  }

  @TestInstance(TestInstance.Lifecycle.PER_CLASS)
  static class Shared {
    int runs;

    @CoroutineTest(seeds = 10)
    void counts() {
      Task.yield();
      runs++;
    }

    @org.junit.jupiter.api.AfterAll
    void logs() {
      LOG.add("at least ten: " + (runs >= 10));
    }
  }

  /** What fields are given by an extension. */
  @Retention(RetentionPolicy.RUNTIME)
  @interface Given {}

  /** Gives 7 to those that are of that type, and is up while a test runs. */
  static final class Giving implements BeforeEachCallback, AfterEachCallback {
    private boolean up;

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
      up = true;
      Object test = context.getRequiredTestInstance();
      for (Field f : test.getClass().getDeclaredFields()) {
        if (f.isAnnotationPresent(Given.class) && f.getType() == int.class) {
          f.set(test, 7);
        }
      }
    }

    @Override
    public void afterEach(ExtensionContext context) {
      up = false;
    }
  }

  /** Whose extensions JUnit calls in another order. */
  @ExtendWith(CoroutineExtension.class)
  static class ExtendedFirst {
    @RegisterExtension Giving extension = new Giving();

    @CoroutineTest(seeds = 10)
    void extensionsAreUpInAllSeeds() {
      Task.yield();
      assertTrue(extension.up);
    }
  }

  /** JUnit never calls the test itself. */
  static class NotCalled {
    @BeforeEach
    void before() {
      LOG.add("before");
    }

    @CoroutineTest(seeds = 10)
    void takesWhatNobodyResolves(Given unknown) {
      Task.yield();
    }
  }

  static class Injected {
    @RegisterExtension Giving extension = new Giving();
    @RegisterExtension final Giving constant = new Giving();
    @TempDir Path dir;
    @Given int number;
    @Given String tests;

    @CoroutineTest(seeds = 10)
    void isThere() {
      Task.yield();
      assertTrue(dir.toFile().isDirectory());
    }

    @CoroutineTest(seeds = 10)
    void primitivesAreToo() {
      Task.yield();
      assertEquals(7, number);
      number++;
    }

    @CoroutineTest(seeds = 10)
    void extensionsAreThoseThatJUnitCalls() {
      Task.yield();
      assertTrue(extension.up);
      assertTrue(constant.up);
    }

    @CoroutineTest(seeds = 10)
    void whatTheTestItselfPutsThereIsGone() {
      Task.yield();
      assertEquals(null, tests);
      tests = "an earlier seed's";
    }
  }

  @ExtendWith(CoroutineExtension.class)
  static class OtherKinds {
    private final int made;

    OtherKinds(TestInfo info) {
      made = info.getDisplayName().length();
    }

    @Coroutine
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void parameterized(int n, Simulation sim) {
      Task.sleep(Duration.ofSeconds(n));
      assertEquals(Duration.ofSeconds(n), sim.elapsed());
    }

    @Coroutine
    @RepeatedTest(3)
    void repeated(Simulation sim) {
      Task.sleep(Duration.ofSeconds(1));
      assertEquals(Duration.ofSeconds(1), sim.elapsed());
    }

    @Coroutine
    @Test
    void plainTest() {
      Task.sleep(Duration.ofMinutes(10));
    }

    @CoroutineTest(seeds = 3)
    void constructedAnew() {
      assertTrue(made > 0);
    }

    @Test
    void noCoroutine() {
      assertFalse(Thread.currentThread().isInterrupted());
    }
  }

  static class Dynamic {
    @TestFactory
    Stream<DynamicTest> all() {
      return Stream.of(
          CoroutineTests.dynamicTest("one", sim -> Task.sleep(Duration.ofMinutes(1))),
          CoroutineTests.dynamicTest("many", 10, sim -> Task.sleep(Duration.ofMinutes(1))),
          CoroutineTests.dynamicTest(
              "leaking", sim -> Task.start(() -> Task.sleep(Duration.ofMinutes(1)))));
    }
  }

  @Execution(ExecutionMode.CONCURRENT)
  static class Parallel {
    static final CyclicBarrier BOTH = new CyclicBarrier(2);

    @CoroutineTest(seeds = 50)
    void one() {
      both();
    }

    @CoroutineTest(seeds = 50)
    void other() {
      both();
    }

    @Coroutine
    private static void both() {
      Task<Void> a = Task.start(() -> Task.sleep(Duration.ofSeconds(1)));
      Task.sleep(Duration.ofSeconds(1));
      a.await();
      assertEquals(List.of(Task.current()), Task.all());
    }
  }

  static class Racing {
    private int balance = 100;

    @Coroutine
    private void withdraw(int n) {
      int before = balance;
      if (before == 100) {
        Task.yield();
        Task.yield();
      }
      balance = before - n;
    }

    @CoroutineTest(seeds = 200)
    void keepsBooks(Simulation sim) {
      Task<Void> a = Task.start("a", () -> withdraw(10));
      Task.yield();
      Task.yield();
      Task.yield();
      Task<Void> b = sim.loop("other").start("b", () -> withdraw(20));
      a.await();
      b.await();
      assertEquals(70, balance);
    }
  }

  static class Unsteady {
    static final AtomicInteger RUNS = new AtomicInteger();

    @CoroutineTest(seeds = 100)
    void countsRuns() {
      if (RUNS.incrementAndGet() % 2 == 0) {
        Task.yield();
      }
    }

    /** As one that draws on chance: most runs of a seed are alike. */
    @CoroutineTest(seeds = 100)
    void differsNowAndThen(Simulation sim) {
      if (sim.seed() == 16 && RUNS.incrementAndGet() % 2 == 0) {
        Task.yield();
      }
    }

    @CoroutineTest(seeds = 100)
    void failsOnce() {
      Task.yield();
      assertFalse(RUNS.incrementAndGet() == 7);
    }
  }

  static class Misused {
    @CoroutineTest
    void elsewhere(Simulation sim) throws Exception {
      CompletableFuture<Void> other = CompletableFuture.runAsync(() -> sim.settle());
      Task.await(other);
    }

    @CoroutineTest
    void later() throws Exception {
      Simulation[] kept = new Simulation[1];
      Task.blocking(
          () -> {
            CoroutineTests.run(1, sim -> kept[0] = sim);
            return "";
          });
      kept[0].advanceTimeBy(Duration.ofSeconds(1));
    }
  }

  /** Would go on for hours. */
  static class Budgeted {
    static final AtomicInteger RUNS = new AtomicInteger();

    @CoroutineTest(seeds = 1_000_000_000, budget = 1)
    void ends() {
      Task.yield();
      RUNS.incrementAndGet();
    }
  }

  static class Assuming {
    @CoroutineTest(seeds = 6)
    void skipsSomeSeeds(Simulation sim) {
      Task.yield();
      assumeTrue(sim.seed() % 2 == 0);
      LOG.add("seed " + sim.seed());
    }
  }

  /** Needs another thread in one of its seeds only, and that takes its time. */
  static class LateHelp {
    @CoroutineTest(seeds = 6)
    void isWaitedFor(Simulation sim) {
      if (sim.seed() == 3) {
        Executor later = CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS);
        assertEquals(7, Task.await(CompletableFuture.supplyAsync(() -> 7, later)));
      }
    }
  }

  static class Blocking {
    @CoroutineTest(seeds = 100)
    void isDecided(Simulation sim) {
      Thread me = Thread.currentThread();
      List<Integer> order = new ArrayList<>();
      Task<Integer> a = Task.start(() -> Task.blocking(() -> add(order, 1, me)));
      Task<Integer> b = Task.start(() -> Task.blocking(() -> add(order, 2, me)));
      a.await();
      b.await();
      assertEquals(List.of(1, 2), order);
    }

    private static int add(List<Integer> order, int n, Thread loops) {
      assertFalse(Thread.currentThread() == loops);
      order.add(n);
      return n;
    }

    @CoroutineTest
    void tasksOfExecutorsSleepInVirtualTime(Simulation sim) {
      Task<Void> t = Task.start(sim.executor("pool"), () -> Task.sleep(Duration.ofMinutes(30)));
      t.await();
      assertEquals(Duration.ofMinutes(30), sim.elapsed());
    }

    @CoroutineTest
    void tasksThatAreStartedInLoopsToo(Simulation sim) {
      Task<Void> t = Task.start(sim.loop("one"), () -> Task.sleep(Duration.ofMinutes(30)));
      try (TaskScope scope = TaskScope.open()) {
        scope.fork(sim.loop("other"), () -> Task.sleep(Duration.ofMinutes(40)));
        scope.join();
      }
      t.await();
      assertEquals(Duration.ofMinutes(40), sim.elapsed());
    }

    @CoroutineTest(seeds = 10)
    void tasksInExecutorsAroundThoseToo(Simulation sim) {
      EventLoop loop = sim.loop("one");
      Executor pool = sim.executor("pool");
      Task<Void> a = Task.start(job -> loop.execute(job), () -> Task.sleep(Duration.ofMinutes(30)));
      Task<Void> b = Task.start(job -> pool.execute(job), () -> Task.sleep(Duration.ofMinutes(40)));
      a.await();
      b.await();
      assertEquals(Duration.ofMinutes(40), sim.elapsed());
    }

    @CoroutineTest(seeds = 3)
    void otherThreadsHandJobsIn(Simulation sim) {
      for (Executor e : List.of(sim.loop("one"), sim.executor("pool"))) {
        Executor later = CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS, e);
        assertEquals(7, Task.await(CompletableFuture.supplyAsync(() -> 7, later)));
      }
    }

    @Coroutine
    private static CompletableFuture<String> later() {
      Task.sleep(Duration.ofMinutes(30));
      return CompletableFuture.completedFuture("later");
    }

    @CoroutineTest(seeds = 10)
    void asyncMethodsInJobsToo(Simulation sim) {
      for (Executor e : List.of(sim.loop("one"), sim.executor("pool"))) {
        var job = CompletableFuture.supplyAsync(() -> later(), e);
        assertEquals("later", Task.await(job.thenCompose(f -> f)));
      }
      assertEquals(Duration.ofMinutes(60), sim.elapsed());
    }

    @CoroutineTest
    void aJobThatWouldWaitIsRefused(Simulation sim) {
      for (Executor e : List.of(sim.loop("one"), sim.executor("pool"))) {
        var job =
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    Task.sleep(Duration.ofMinutes(30));
                    return "slept";
                  } catch (IllegalStateException refused) {
                    return refused.getMessage();
                  }
                },
                e);
        String text = Task.await(job);
        assertTrue(text.startsWith("Task.sleep would block the event loop's thread"), text);
      }
      assertEquals(Duration.ZERO, sim.elapsed());
    }

    @CoroutineTest(seeds = 100)
    void executorsAreDecided(Simulation sim) {
      List<Integer> order = new ArrayList<>();
      var pool = sim.executor("pool");
      CompletableFuture<Void> a = CompletableFuture.runAsync(() -> order.add(1), pool);
      CompletableFuture<Void> b = CompletableFuture.runAsync(() -> order.add(2), pool);
      Task.await(CompletableFuture.allOf(a, b));
      assertEquals(List.of(1, 2), order);
    }
  }
}
