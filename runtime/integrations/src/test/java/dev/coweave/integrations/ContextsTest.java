package dev.coweave.integrations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import io.micrometer.context.ContextRegistry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.ContextKey;
import io.opentelemetry.context.Scope;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.MDC;
import org.springframework.security.authentication.TestingAuthenticationToken;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.context.SecurityContextHolder;

/** What libraries keep by thread follows tasks: whatever shares their threads, sleeps between or is cancelled. */
class ContextsTest {
  private static final ContextKey<String> USER = ContextKey.named("user");
  private static final ThreadLocal<String> OWN = new ThreadLocal<>();

  static {
    ContextRegistry.getInstance().registerThreadLocalAccessor("own", OWN);
  }

  /** How a program uses the real library. */
  enum Library {
    SLF4J {
      @Override
      void set(String user) {
        MDC.put("user", user);
      }

      @Override
      String get() {
        return MDC.get("user");
      }

      @Override
      void clear() {
        MDC.clear();
      }
    },
    OPEN_TELEMETRY {
      @Override
      @SuppressWarnings("MustBeClosedChecker") // it stays current until the task or the test ends
      void set(String user) {
        Context.current().with(USER, user).makeCurrent();
      }

      @Override
      String get() {
        return Context.current().get(USER);
      }

      @Override
      @SuppressWarnings("MustBeClosedChecker")
      void clear() {
        Context.root().makeCurrent();
      }
    },
    MICROMETER {
      @Override
      void set(String user) {
        OWN.set(user);
      }

      @Override
      String get() {
        return OWN.get();
      }

      @Override
      void clear() {
        OWN.remove();
      }
    },
    SPRING_SECURITY {
      @Override
      void set(String user) {
        SecurityContextHolder.getContext()
            .setAuthentication(new TestingAuthenticationToken(user, ""));
      }

      @Override
      String get() {
        Authentication who = SecurityContextHolder.getContext().getAuthentication();
        return who == null ? null : who.getName();
      }

      @Override
      void clear() {
        SecurityContextHolder.clearContext();
      }
    };

    abstract void set(String user);

    abstract String get();

    abstract void clear();
  }

  private final ExecutorService pool = Executors.newFixedThreadPool(3);

  @AfterEach
  void cleanUp() {
    pool.shutdown();
    for (Library library : Library.values()) {
      library.clear();
    }
  }

  @Coroutine
  private static void works(Library library, String user) {
    assertEquals("parent", library.get());
    library.set(user);
    for (int i = 0; i < 5; i++) {
      Task.yield();
      assertEquals(user, library.get());
    }
    assertEquals(user, Task.blocking(library::get));
    nested(library, user + "'s");
    assertEquals(user + "'s", library.get());
  }

  @Coroutine
  private static void nested(Library library, String user) {
    library.set(user);
    Task.yield();
    assertEquals(user, library.get());
  }

  @ParameterizedTest
  @EnumSource
  void tasksThatShareAThread_haveTheirOwn_andInheritTheirStarters(Library library)
      throws Exception {
    library.set("parent");
    EventLoop.run(
        () -> {
          try (TaskScope scope = TaskScope.open()) {
            scope.fork(() -> works(library, "ann"));
            scope.fork(() -> works(library, "bob"));
            scope.join();
          }
          assertEquals("parent", library.get());
          library.set("changed in the task");
        });
    assertEquals("parent", library.get());
  }

  @ParameterizedTest
  @EnumSource
  void inAPool_theyFollowFromThreadToThread_andThreadsKeepNothing(Library library)
      throws Exception {
    library.set("parent");
    Task<Void> ann = Task.start(pool, () -> works(library, "ann"));
    Task<Void> bob = Task.start(pool, () -> works(library, "bob"));
    ann.get();
    bob.get();
    for (int i = 0; i < 3; i++) {
      assertNull(pool.submit(library::get).get());
    }
    assertEquals("parent", library.get());
  }

  @Coroutine
  private static void isCancelled(
      Library library, String user, CompletableFuture<?> wait, List<String> seen) {
    library.set(user);
    try {
      Task.await(wait);
    } finally {
      seen.add(library.get());
      Task.shield(() -> Task.yield());
      seen.add(library.get());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aCancelledTask_cleansUpInItsOwn(Library library) throws Exception {
    List<String> seen = new CopyOnWriteArrayList<>();
    library.set("parent");
    EventLoop.run(
        () -> {
          CompletableFuture<Void> never = new CompletableFuture<>();
          Task<Void> ann = Task.start(() -> isCancelled(library, "ann", never, seen));
          Task<Void> bob = Task.start(() -> works(library, "bob"));
          Task.yield();
          library.set("who cancels");
          ann.cancel(false);
          Task.yield();
          Task.yield();
          assertEquals("who cancels", library.get());
          bob.await();
          assertTrue(ann.isCancelled());
        });
    assertEquals(List.of("ann", "ann"), seen);
    assertEquals("parent", library.get());
  }

  @Coroutine
  private static CompletableFuture<String> async(Library library, CompletableFuture<?> wait) {
    library.set("async");
    Task.await(wait);
    return CompletableFuture.completedFuture(library.get());
  }

  @ParameterizedTest
  @EnumSource
  void anAsyncMethod_hasItsOwn_fromItsFirstStepOn(Library library) throws Exception {
    library.set("caller");
    CompletableFuture<Void> wait = new CompletableFuture<>();
    CompletableFuture<String> result = async(library, wait);
    assertEquals("caller", library.get());
    pool.submit(() -> wait.complete(null)).get();
    assertEquals("async", result.get());
    assertEquals("caller", library.get());
  }

  /** One that records: without an exporter spans are dummies. */
  private static SdkTracerProvider tracing() {
    SpanExporter exporter =
        new SpanExporter() {
          @Override
          public CompletableResultCode export(Collection<SpanData> spans) {
            return CompletableResultCode.ofSuccess();
          }

          @Override
          public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
          }

          @Override
          public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
          }
        };
    return SdkTracerProvider.builder()
        .addSpanProcessor(SimpleSpanProcessor.create(exporter))
        .build();
  }

  @Test
  void aSpan_staysTheParent_overWaits_andOfChildTasks() throws Exception {
    try (SdkTracerProvider provider = tracing()) {
      EventLoop.run(
          () -> {
            Span outer = provider.get("test").spanBuilder("outer").startSpan();
            try (Scope s = outer.makeCurrent()) {
              Task<String> child = Task.start(() -> parentOfANewSpan(provider));
              Task.yield();
              assertEquals(outer.getSpanContext().getSpanId(), parentOfANewSpan(provider));
              assertEquals(outer.getSpanContext().getSpanId(), child.await());
            }
            assertEquals("0000000000000000", parentOfANewSpan(provider));
          });
    }
  }

  @Coroutine
  private static String parentOfANewSpan(SdkTracerProvider provider) {
    Task.yield();
    Span span = provider.get("test").spanBuilder("inner").startSpan();
    span.end();
    return ((ReadableSpan) span).getParentSpanContext().getSpanId();
  }
}
