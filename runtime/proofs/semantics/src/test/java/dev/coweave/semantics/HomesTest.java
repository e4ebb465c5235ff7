package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.Homes;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Home;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import javax.swing.SwingUtilities;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.NonBlocking;

/** A thread that belongs to somebody else: async methods go on there, and it is never blocked. */
class HomesTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  /** A thread that runs its jobs one after the other, as a GUI's does. */
  private static final class Stage implements Home {
    final String name;
    final ExecutorService jobs;
    final boolean mayBlock;

    Stage(boolean mayBlock) {
      this("stage", mayBlock);
    }

    Stage(String name, boolean mayBlock) {
      this.name = name;
      this.jobs = Executors.newSingleThreadExecutor(r -> new Thread(r, name));
      this.mayBlock = mayBlock;
    }

    @Override
    public boolean isHere() {
      return Thread.currentThread().getName().equals(name);
    }

    @Override
    public boolean mayBlock() {
      return mayBlock;
    }

    @Override
    public void execute(Runnable job) {
      jobs.execute(job);
    }

    <T> T call(Callable<T> job) throws Exception {
      try {
        return jobs.submit(job).get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof Exception x ? x : e;
      }
    }

    @Override
    public String toString() {
      return "the " + name;
    }
  }

  private final Stage stage = new Stage(false);
  private Homes.Registration registration;

  @BeforeEach
  void register() {
    registration = Homes.register(() -> stage.isHere() ? stage : null);
  }

  @AfterEach
  void unregister() {
    registration.close();
    stage.jobs.shutdown();
  }

  private static String thread() {
    return Thread.currentThread().getName();
  }

  // ---- where a publisher's body runs

  @Coroutine
  private static Flow.Publisher<String> places() {
    Generator.yield(thread());
    Task.sleep(MOMENT);
    Generator.yield(thread());
    return AsyncGenerator.end();
  }

  /** What a publisher publishes, to one who is on no home. */
  private static List<String> all(Flow.Publisher<String> publisher) throws Exception {
    List<String> got = new CopyOnWriteArrayList<>();
    CompletableFuture<List<String>> all = new CompletableFuture<>();
    publisher.subscribe(
        new Flow.Subscriber<>() {
          @Override
          public void onSubscribe(Flow.Subscription s) {
            s.request(Long.MAX_VALUE);
          }

          @Override
          public void onNext(String place) {
            got.add(place);
          }

          @Override
          public void onError(Throwable t) {
            all.completeExceptionally(t);
          }

          @Override
          public void onComplete() {
            all.complete(got);
          }
        });
    return all.get(60, TimeUnit.SECONDS);
  }

  @Test
  void aPublishersBody_runsWhereItsMethodWasCalled() throws Exception {
    Flow.Publisher<String> here = stage.call(() -> places());
    assertEquals(List.of("stage", "stage"), all(here));
    assertEquals(List.of("stage", "stage"), all(here));
    Flow.Publisher<String> mapped =
        stage.call(() -> AsyncGenerator.of(List.of(1)).map(i -> thread()).publisher());
    assertEquals(List.of("stage"), all(mapped));
  }

  @Test
  void outsideAnyHome_itRunsInTheExecutorThatWasChosen() throws Exception {
    Stage chosen = new Stage("chosen", true);
    Homes.setDefaultExecutor(chosen);
    try {
      assertEquals(List.of("chosen", "chosen"), all(places()));
    } finally {
      Homes.setDefaultExecutor(null);
      chosen.jobs.shutdown();
    }
  }

  // ---- where an async method goes on

  @Coroutine
  private static CompletableFuture<List<String>> turns(CompletableFuture<?> future) {
    String first = thread();
    Task.sleep(MOMENT);
    String second = thread();
    Task.await(future);
    String third = thread();
    String call = Task.blocking(() -> thread().replaceAll("[0-9]+", "N"));
    return CompletableFuture.completedFuture(List.of(first, second, third, call, thread()));
  }

  @Test
  void anAsyncMethod_goesOnWhereItWasCalled() throws Exception {
    CompletableFuture<Void> future = new CompletableFuture<>();
    CompletableFuture<List<String>> all = stage.call(() -> turns(future));
    future.complete(null);
    assertEquals(List.of("stage", "stage", "stage", "coweave-worker-N", "stage"), all.get());
  }

  @Coroutine
  private static CompletableFuture<List<String>> outer(CompletableFuture<?> future) {
    return turns(future);
  }

  @Test
  void soDoesOneThatItCalls_andATaskThatItStarts() throws Exception {
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    assertEquals("stage", stage.call(() -> outer(done)).get().get(4));
    assertEquals("stage", stage.call(() -> starts()).get());
  }

  @Coroutine
  private static CompletableFuture<String> starts() {
    Task.sleep(MOMENT);
    return Task.start(
        () -> {
          Task.sleep(MOMENT);
          return thread();
        });
  }

  @Test
  void aTaskMayBeStartedThere() throws Exception {
    Home here = stage.call(Homes::current);
    assertSame(stage, here);
    assertEquals("stage", Task.start(here, HomesTest::thread).get());
  }

  @Test
  void onALoop_theLoopIsTheHome() throws Exception {
    EventLoop.run(() -> assertSame(EventLoop.current(), Homes.current()));
    assertNull(Homes.current());
  }

  /** Calls itself on another home each time, and says where it was before and after. */
  @Coroutine
  private static CompletableFuture<String> tour(List<Stage> stages, int left) throws Exception {
    String before = thread();
    Task.sleep(MOMENT);
    Stage next = stages.get(left % stages.size());
    CompletableFuture<String> rest =
        left == 0
            ? CompletableFuture.completedFuture("")
            : CompletableFuture.supplyAsync(() -> tourPlainly(stages, left - 1), next.jobs)
                .thenCompose(f -> f);
    String inner = Task.await(rest);
    return CompletableFuture.completedFuture(
        inner + (before.equals(thread()) ? " " + before : " " + before + "!=" + thread()));
  }

  private static CompletableFuture<String> tourPlainly(List<Stage> stages, int left) {
    try {
      return tour(stages, left);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void severalHomesAtOnce_eachCallStaysOnItsOwn() throws Exception {
    List<Stage> stages =
        List.of(stage, new Stage("pit", false), new Stage("wings", true), new Stage("loge", false));
    List<Homes.Registration> all =
        stages.stream().skip(1).map(s -> Homes.register(() -> s.isHere() ? s : null)).toList();
    List<CompletableFuture<String>> tours = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      tours.add(stages.get(i % 4).call(() -> tour(stages, 8)));
    }
    for (int i = 0; i < 50; i++) {
      assertEquals(
          " pit wings loge stage pit wings loge stage " + stages.get(i % 4).name,
          tours.get(i).get());
    }
    all.forEach(Homes.Registration::close);
    stages.forEach(s -> s.jobs.shutdown());
  }

  @Test
  void theLatestThatKnowsTheThread_decides_untilItIsUnregistered() throws Exception {
    Stage other = new Stage(false);
    Homes.Registration second = Homes.register(() -> stage.isHere() ? other : null);
    try {
      assertSame(other, stage.call(Homes::current));
    } finally {
      second.close();
      second.close();
      other.jobs.shutdown();
    }
    assertSame(stage, stage.call(Homes::current));
  }

  @Test
  void oneThatFails_isReportedOnce_andCountsForNothing() throws Exception {
    try (Reports reports = new Reports()) {
      Homes.Registration bad =
          Homes.register(
              () -> {
                throw new NoClassDefFoundError("gone");
              });
      try {
        assertSame(stage, stage.call(Homes::current));
        assertSame(stage, stage.call(Homes::current));
      } finally {
        bad.close();
      }
      assertEquals(1, reports.await("failed; told once").size());
    }
  }

  // ---- a thread that may not be blocked

  @Coroutine
  private static int waits() {
    Task.sleep(MOMENT);
    return 1;
  }

  @Coroutine
  private static int yields() {
    Task.yield();
    return Task.await(CompletableFuture.completedFuture(2));
  }

  private static int plainly() {
    return waits();
  }

  @Test
  void aPlainCallThatWouldWaitThere_isRefused() throws Exception {
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> stage.call(() -> plainly()));
    String[] lines = e.getMessage().split("\n");
    assertEquals("COWEAVE-207: Task.sleep would block the stage (thread stage)", lines[0]);
    assertTrue(
        lines[1].startsWith(
            "  because: it was reached through the plain method"
                + " dev.coweave.semantics.HomesTest.plainly(HomesTest.java:"),
        lines[1]);
    assertTrue(
        lines[2].startsWith("  fix: let the outermost @Coroutine return a CompletableFuture"));
    assertEquals(1, plainly()); // elsewhere it waits
  }

  @Coroutine
  private static String triesTwice() {
    int refusals = 0;
    for (int i = 0; i < 2; i++) {
      try {
        Task.await(new CompletableFuture<>());
      } catch (IllegalStateException e) {
        refusals++;
      }
    }
    return refusals + " refusals";
  }

  @Test
  void eachOfItsWaits_isRefused_andTheThreadIsAsBefore() throws Exception {
    assertEquals("2 refusals", stage.call(() -> triesTwice()));
    assertEquals(2, stage.call(() -> yields()));
    assertNull(stage.call(() -> Task.all().isEmpty() ? null : Task.all()));
  }

  @Test
  void oneThatNeedNotWait_runs() throws Exception {
    assertEquals(2, stage.call(() -> yields()));
  }

  @Test
  void aBlockingCallThatIsRefused_isNotMade() throws Exception {
    CompletableFuture<String> made = new CompletableFuture<>();
    assertThrows(
        IllegalStateException.class,
        () -> stage.call(() -> Task.blocking(() -> made.complete(""))));
    assertTrue(!made.isDone());
  }

  @Test
  void norDoesItRunALoop() throws Exception {
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class, () -> stage.call(() -> EventLoop.run(() -> waits())));
    assertEquals(
        "COWEAVE-207: EventLoop.run would block the stage (thread stage)",
        e.getMessage().split("\n")[0]);
    assertEquals(1, stage.call(() -> EventLoop.run(new VirtualClock(), () -> waits())));
    assertEquals(1, EventLoop.run(() -> waits()));
  }

  @Test
  void aHomeWithoutAName_isNotBlockedEither() throws Exception {
    Home unnamed =
        new Home() {
          @Override
          public boolean isHere() {
            return stage.isHere();
          }

          @Override
          public void execute(Runnable job) {
            stage.execute(job);
          }

          @Override
          public String toString() {
            return null;
          }
        };
    try (Homes.Registration r = Homes.register(() -> unnamed.isHere() ? unnamed : null)) {
      assertThrows(IllegalStateException.class, () -> stage.call(() -> plainly()));
    }
  }

  private interface Marked extends NonBlocking {}

  private static final class MarkedThread extends Thread implements Marked {
    MarkedThread(Runnable work) {
      super(work);
    }
  }

  @Test
  void aThreadThatReactorsMarkForbidsToBlock_isNotBlocked_beTheMarkOfAnInterface()
      throws Exception {
    CompletableFuture<String> refused = new CompletableFuture<>();
    Thread marked =
        new MarkedThread(
            () -> {
              try {
                refused.complete("waited " + plainly());
              } catch (IllegalStateException e) {
                refused.complete(e.getMessage());
              }
            });
    marked.start();
    assertTrue(
        refused
            .get()
            .startsWith(
                "COWEAVE-207: Task.sleep would block a thread of Reactor's that may not be"
                    + " blocked (thread "),
        refused.get());
  }

  @Test
  void aHomeThatMayBlock_isBlocked() throws Exception {
    Stage patient = new Stage(true);
    try (Homes.Registration r = Homes.register(() -> patient.isHere() ? patient : null)) {
      assertEquals(1, patient.call(() -> plainly()));
    } finally {
      patient.jobs.shutdown();
    }
  }

  @Test
  void getAndJoin_ofAnUnfinishedFutureOfItsOwn_areRefused() throws Exception {
    CompletableFuture<Void> never = new CompletableFuture<>();
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> stage.call(() -> outer(never).join()));
    assertEquals(
        """
        Task.join of an unfinished task
          because: this thread is its home, the stage, so the task could never end
          fix: Task.await(task), in a @Coroutine\
        """,
        e.getMessage());
    CompletableFuture<List<String>> elsewheres = turns(CompletableFuture.completedFuture(null));
    assertEquals(5, stage.call(elsewheres::get).size());
  }

  // ---- Swing

  @Test
  void onSwingsThread_anAsyncMethodGoesOnThere() throws Exception {
    CompletableFuture<CompletableFuture<List<Boolean>>> result = new CompletableFuture<>();
    SwingUtilities.invokeAndWait(() -> result.complete(isSwings()));
    assertEquals(List.of(true, true), result.get().get());
  }

  @Coroutine
  private static CompletableFuture<List<Boolean>> isSwings() {
    boolean before = SwingUtilities.isEventDispatchThread();
    Task.sleep(MOMENT);
    return CompletableFuture.completedFuture(
        List.of(before, SwingUtilities.isEventDispatchThread()));
  }

  @Test
  void swingsThread_isNotBlocked() throws Exception {
    CompletableFuture<String> result = new CompletableFuture<>();
    SwingUtilities.invokeAndWait(
        () -> {
          try {
            result.complete("waited " + plainly());
          } catch (IllegalStateException e) {
            result.complete(e.getMessage());
          }
        });
    assertTrue(
        result
            .get()
            .startsWith(
                "COWEAVE-207: Task.sleep would block Swing's event dispatch thread (thread AWT-"),
        result.get());
  }

  /** Prints what the plain call on a stage does. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      Stage stage = new Stage(false);
      Homes.register(() -> stage.isHere() ? stage : null);
      for (int i = 0; i < 2; i++) {
        try {
          System.out.println("waited " + stage.call(() -> plainly()));
        } catch (IllegalStateException e) {
          System.out.println("refused");
        }
      }
      stage.jobs.shutdown();
      System.out.println("AWT " + isLoaded());
    }

    private static String isLoaded() throws ReflectiveOperationException {
      java.lang.reflect.Method find =
          ClassLoader.class.getDeclaredMethod("findLoadedClass", String.class);
      find.setAccessible(true);
      Object queue = find.invoke(ClassLoader.getSystemClassLoader(), "java.awt.EventQueue");
      return queue == null ? "not loaded" : "loaded";
    }
  }

  private static String program(String... options) throws Exception {
    List<String> all = new ArrayList<>(List.of(options));
    all.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
    return OwnJvm.output(0, Program.class, all.toArray(new String[0]));
  }

  @Test
  void byAProperty_itIsBlockedWithAWarning_orWithoutAWord() throws Exception {
    assertEquals("refused\nrefused\nAWT not loaded\n", program());
    assertEquals("waited 1\nwaited 1\nAWT not loaded\n", program("-Dcoweave.nonBlocking=off"));
    String warned = program("-Dcoweave.nonBlocking=warn");
    assertEquals(2, warned.split("COWEAVE-207", -1).length, warned);
    assertEquals(3, warned.split("waited 1", -1).length, warned);
  }

  // ---- a pool that compensates

  @Coroutine
  private static int awaits(ForkJoinPool pool, int x) {
    return Task.await(CompletableFuture.supplyAsync(() -> x + 1, pool));
  }

  @Test
  void aForkJoinPool_letsAnotherWorkWhileAPlainCallWaits() throws Exception {
    ForkJoinPool pool = new ForkJoinPool(2);
    List<Future<Integer>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int x = i;
      all.add(pool.submit((Callable<Integer>) () -> awaits(pool, x)));
    }
    int sum = 0;
    for (Future<Integer> f : all) {
      sum += f.get(300, TimeUnit.SECONDS);
    }
    assertEquals(36, sum);
    Future<Integer> run =
        pool.submit((Callable<Integer>) () -> EventLoop.run(() -> awaits(pool, 1)));
    assertEquals(2, run.get(300, TimeUnit.SECONDS));
    pool.shutdown();
  }

  @Test
  void whereThePoolRefuses_itBlocks() throws Exception {
    ForkJoinPool pool =
        new ForkJoinPool(
            1,
            ForkJoinPool.defaultForkJoinWorkerThreadFactory,
            null,
            false,
            1,
            1,
            1,
            null,
            1,
            TimeUnit.SECONDS);
    Future<Integer> waits = pool.submit((Callable<Integer>) () -> waits());
    assertEquals(1, waits.get(300, TimeUnit.SECONDS));
    pool.shutdown();
  }
}
