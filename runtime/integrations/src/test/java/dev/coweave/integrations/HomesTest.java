package dev.coweave.integrations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.Homes;
import dev.coweave.task.Task;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** The threads of Reactor, Netty and Vert.x as homes. */
class HomesTest {
  private static final Duration MOMENT = Duration.ofMillis(1);

  /** What a call gives or throws on a thread of an executor's. */
  private static Object on(Executor executor, Callable<?> call) throws Exception {
    CompletableFuture<Object> outcome = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            outcome.complete(call.call());
          } catch (Throwable t) {
            outcome.complete(t);
          }
        });
    return outcome.get(300, TimeUnit.SECONDS);
  }

  @Coroutine
  private static CompletableFuture<Thread> threadAfterWaits() {
    Task.sleep(MOMENT);
    Task.blocking(() -> null);
    return CompletableFuture.completedFuture(Thread.currentThread());
  }

  @Coroutine
  private static String waits() {
    Task.sleep(MOMENT);
    return "waited";
  }

  @Coroutine
  private static String needNotWait() {
    return Task.await(CompletableFuture.completedFuture("ran"));
  }

  private static void assertNeverBlocked(Executor executor, String home) throws Exception {
    IllegalStateException e =
        assertInstanceOf(IllegalStateException.class, on(executor, () -> waits()));
    String start = "COWEAVE-207: Task.sleep would block " + home;
    assertTrue(e.getMessage().startsWith(start), e.getMessage());
    assertEquals("ran", on(executor, () -> needNotWait()));
    IllegalStateException f =
        assertInstanceOf(
            IllegalStateException.class, on(executor, () -> threadAfterWaits().join()));
    assertTrue(f.getMessage().contains("this thread is its home, " + home), f.getMessage());
  }

  private static Thread after(Executor executor) throws Exception {
    CompletableFuture<?> future =
        assertInstanceOf(CompletableFuture.class, on(executor, () -> threadAfterWaits()));
    return assertInstanceOf(Thread.class, future.get(300, TimeUnit.SECONDS));
  }

  @Test
  void aNettyEventLoop_isAHomeThatMayNotBlock() throws Exception {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    try {
      Executor loop = group.next();
      assertSame(on(loop, Thread::currentThread), after(loop));
      assertNeverBlocked(loop, "Netty's event loop");
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  @Test
  void aNettyExecutorForHandlersThatBlock_mayBlock() throws Exception {
    DefaultEventExecutor executor = new DefaultEventExecutor();
    try {
      assertSame(on(executor, Thread::currentThread), after(executor));
      assertEquals("waited", on(executor, () -> waits()));
    } finally {
      executor.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  @Test
  void aVertxEventLoop_isAHomeThatMayNotBlock_andAWorkerMay() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      var context = vertx.getOrCreateContext();
      Executor loop = job -> context.runOnContext(none -> job.run());
      assertSame(on(loop, Thread::currentThread), after(loop));
      assertNeverBlocked(loop, "Vert.x's event loop");
      CompletableFuture<String> waited = new CompletableFuture<>();
      vertx.executeBlocking(() -> waited.complete(waits()));
      assertEquals("waited", waited.get(300, TimeUnit.SECONDS));
    } finally {
      vertx.close().await();
    }
  }

  @Test
  void aThreadThatReactorCallsNonBlocking_isNotBlocked() throws Exception {
    Executor parallel = Schedulers.parallel()::schedule;
    assertTrue(Schedulers.isNonBlockingThread(after(parallel)));
    assertNeverBlocked(parallel, "a thread of Reactor's that may not be blocked");
    assertEquals("waited", on(Schedulers.boundedElastic()::schedule, () -> waits()));
    assertEquals(
        "waited",
        Mono.fromCallable(() -> waits()).subscribeOn(Schedulers.boundedElastic()).block());
  }

  @Test
  void otherThreads_areNoHome() {
    assertNull(Homes.current());
    assertEquals("waited", waits());
  }
}
