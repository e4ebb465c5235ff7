package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import dev.coweave.task.ThreadContext;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshot;
import io.micrometer.context.ContextSnapshotFactory;
import io.micrometer.context.ThreadLocalAccessor;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;

/** What libraries keep in a ThreadLocal follows a task: SLF4J's MDC, OpenTelemetry's context, and what Micrometer knows. */
class ContextsTest {
  private static final ContextKey<String> SPAN = ContextKey.named("span");
  private static final ThreadLocal<String> TENANT = new ThreadLocal<>();

  static {
    ContextRegistry.getInstance().registerThreadLocalAccessor("tenant", TENANT);
  }

  /** SLF4J's. */
  public static final class Mdc implements ThreadContext<Map<String, String>> {
    @Override
    public Map<String, String> get() {
      return MDC.getCopyOfContextMap();
    }

    @Override
    public void set(Map<String, String> map) {
      if (map == null) {
        MDC.clear();
      } else {
        MDC.setContextMap(map);
      }
    }
  }

  /** OpenTelemetry's. Its scope is not closed: the next context takes its place. */
  public static final class Telemetry implements ThreadContext<Context> {
    @Override
    public Context get() {
      return Context.current();
    }

    @Override
    @SuppressWarnings("MustBeClosedChecker")
    public void set(Context context) {
      (context == null ? Context.root() : context).makeCurrent();
    }
  }

  /** All that Micrometer has accessors for. */
  public static final class Micrometer implements ThreadContext<ContextSnapshot> {
    private final ContextSnapshotFactory factory = ContextSnapshotFactory.builder().build();

    @Override
    public ContextSnapshot get() {
      return factory.captureAll();
    }

    @Override
    @SuppressWarnings("MustBeClosedChecker")
    public void set(ContextSnapshot snapshot) {
      ContextRegistry.getInstance()
          .getThreadLocalAccessors()
          .forEach(ThreadLocalAccessor::setValue);
      if (snapshot != null) {
        snapshot.setThreadLocals();
      }
    }
  }

  /** One that is broken at times. */
  public static final class Faulty implements ThreadContext<String> {
    static volatile boolean fails;

    @Override
    public String get() {
      return work();
    }

    @Override
    public void set(String context) {
      work();
    }

    private static String work() {
      if (fails) {
        throw new IllegalStateException("broken");
      }
      return "works";
    }
  }

  /** One whose library is there in part. */
  public static final class Unusable implements ThreadContext<String> {
    @Override
    public boolean isUsed() {
      throw new NoClassDefFoundError("com/acme/Library");
    }

    @Override
    public String get() {
      return fail("asked");
    }

    @Override
    public void set(String context) {
      fail("set");
    }
  }

  @AfterEach
  void clear() {
    MDC.clear();
    TENANT.remove();
  }

  private static void put(String value) {
    MDC.put("request", value);
    TENANT.set(value);
  }

  private static void assertHas(String value) {
    assertEquals(value, MDC.get("request"));
    assertEquals(value, TENANT.get());
  }

  @Coroutine
  private static void serve(String request) {
    put(request);
    try (Scope scope = Context.current().with(SPAN, request).makeCurrent()) {
      for (int i = 0; i < 3; i++) {
        Task.sleep(Duration.ofSeconds(1));
        assertHas(request);
        assertEquals(request, Context.current().get(SPAN));
      }
    }
    assertNull(Context.current().get(SPAN));
  }

  @Test
  void tasksThatTakeTurns_keepTheirOwn() throws Exception {
    put("caller");
    EventLoop.run(
        new VirtualClock(),
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(() -> serve("a"));
            scope.fork(() -> serve("b"));
            scope.join();
          }
          assertHas("caller");
          assertNull(Context.current().get(SPAN));
        });
    assertHas("caller");
  }

  @Test
  void aTaskStartsWithTheContextOfWhoStartsIt_onOtherThreadsToo() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      put("caller");
      Task<String> task =
          Task.start(
              pool,
              () -> {
                Task.yield();
                String before = MDC.get("request");
                put("own");
                Task.yield();
                return before + ", " + MDC.get("request") + ", " + TENANT.get();
              });
      assertEquals("caller, own, own", task.get(300, TimeUnit.SECONDS));
      assertHas("caller");
      assertNull(pool.submit(() -> MDC.get("request")).get());
      assertNull(pool.submit(TENANT::get).get());
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void whatBlocks_hasTheTasks_andItsChangesAreDropped() throws Exception {
    EventLoop.run(
        () -> {
          put("task");
          String seen =
              Task.blocking(
                  () -> {
                    String request = MDC.get("request");
                    put("worker");
                    return request;
                  });
          assertEquals("task", seen);
          assertHas("task");
        });
    assertHas(null);
  }

  @Coroutine
  private static CompletableFuture<String> async(CompletableFuture<String> future) {
    put("async");
    Task.await(future);
    return CompletableFuture.completedFuture(MDC.get("request") + ", " + TENANT.get());
  }

  @Test
  void anAsyncMethod_hasItsOwn() {
    put("caller");
    CompletableFuture<String> future = new CompletableFuture<>();
    CompletableFuture<String> result = async(future);
    assertHas("caller");
    future.complete("x");
    assertEquals("async, async", result.join());
    assertHas("caller");
    async(future).join();
    assertHas("caller");
  }

  @Coroutine
  private static void plain(boolean waits) {
    put("callee");
    if (waits) {
      Task.sleep(Duration.ofMillis(1));
      assertHas("callee");
    }
    put("changed");
  }

  @Test
  void aPlainCall_leavesItsChanges_whetherItWaitsOrNot() {
    plain(false);
    assertHas("changed");
    clear();
    plain(true);
    assertHas("changed");
  }

  @Test
  void aChildStartsWithWhatItsParentHasThen_andGivesNothingBack() throws Exception {
    put("caller");
    EventLoop.run(
        new VirtualClock(),
        () -> {
          put("parent");
          Task<String> child =
              Task.start(
                  () -> {
                    String first = MDC.get("request") + ", " + TENANT.get();
                    put("child");
                    Task.sleep(Duration.ofSeconds(2));
                    return first + ", " + MDC.get("request");
                  });
          put("later");
          Task.sleep(Duration.ofSeconds(1));
          assertHas("later");
          assertEquals("parent, parent, child", child.await());
          assertHas("later");
        });
    assertHas("caller");
  }

  @Test
  void timeoutsShieldsAndScopes_areOfTheSameTask() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          put("task");
          try {
            Task.timeout(
                Duration.ofSeconds(1),
                () -> {
                  assertHas("task");
                  put("in timeout");
                  Task.sleep(Duration.ofSeconds(2));
                });
            fail("not timed out");
          } catch (TimeoutException e) {
            assertHas("in timeout");
          }
          Task.shield(
              () -> {
                Task.sleep(Duration.ofSeconds(1));
                assertHas("in timeout");
                put("in shield");
              });
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(() -> serve("child"));
            put("in scope");
            scope.join();
          }
          assertHas("in scope");
        });
    assertHas(null);
  }

  @Test
  void aTaskOfALoopOfItsOwn_startsWithWhatItsStarterHas() throws Exception {
    put("caller");
    try (EventLoop loop = EventLoop.open("other")) {
      Task<String> task =
          loop.start(
              () -> {
                Task.sleep(Duration.ofMillis(1));
                return MDC.get("request") + ", " + TENANT.get();
              });
      assertEquals("caller, caller", task.get(300, TimeUnit.SECONDS));
      assertNull(loop.submit(() -> MDC.get("request")).get());
    }
  }

  /** Prints what the MDC has in a task. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      MDC.put("request", "main's");
      try (EventLoop loop = EventLoop.open("other")) {
        System.out.println(loop.start(() -> MDC.get("request")).get());
      }
    }
  }

  @Test
  void oneThatIsNotThere_andOneThatCannotSayWhetherItIsUsed_keepNoOtherAway(@TempDir Path first)
      throws Exception {
    Path services = Files.createDirectories(first.resolve("META-INF/services"));
    String unusable = Unusable.class.getName();
    Files.writeString(
        services.resolve(ThreadContext.class.getName()), "com.acme.Missing\n" + unusable + "\n");
    Jvm.Result result = Jvm.run(List.of("-cp", Jvm.before(first), Program.class.getName()));
    assertEquals("main's\n", result.out(), result.err());
    assertTrue(result.err().contains("Provider com.acme.Missing not found"), result.err());
    assertTrue(
        result.err().contains("the ThreadContext " + unusable + " failed; tasks run without it"),
        result.err());
  }

  @Test
  void oneThatThrows_isReportedOnce_andHurtsNoOther() throws Exception {
    List<String> reports = new CopyOnWriteArrayList<>();
    Logger logger = Logger.getLogger("dev.coweave");
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord record) {
            reports.add(record.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    logger.setUseParentHandlers(false);
    Faulty.fails = true;
    try {
      tasksThatTakeTurns_keepTheirOwn();
      clear();
      whatBlocks_hasTheTasks_andItsChangesAreDropped();
    } finally {
      Faulty.fails = false;
      logger.setUseParentHandlers(true);
      logger.removeHandler(handler);
    }
    assertEquals(
        List.of("the ThreadContext " + Faulty.class.getName() + " failed; told once"), reports);
  }
}
