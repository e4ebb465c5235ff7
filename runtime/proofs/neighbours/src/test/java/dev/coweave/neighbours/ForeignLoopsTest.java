package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

/** A plain call that would block a library's loop is refused without {@code coweave-integrations} too; elsewhere it waits. */
class ForeignLoopsTest {
  @Coroutine
  private static String waits() {
    Task.sleep(Duration.ofMillis(1));
    return "waited";
  }

  /** The first line of what a plain call says there. */
  private static String on(Executor executor) throws Exception {
    CompletableFuture<String> said = new CompletableFuture<>();
    executor.execute(
        () -> {
          try {
            said.complete(waits());
          } catch (Throwable t) {
            said.complete(t.getMessage().lines().findFirst().orElse("").replaceAll(" \\(.*", ""));
          }
        });
    return said.get(60, TimeUnit.SECONDS);
  }

  @Test
  void netty() throws Exception {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    DefaultEventExecutor other = new DefaultEventExecutor();
    try {
      assertEquals("COWEAVE-207: Task.sleep would block Netty's event loop", on(group.next()));
      assertEquals("waited", on(other));
    } finally {
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
      other.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  @Test
  void vertx() throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      var context = vertx.getOrCreateContext();
      assertEquals(
          "COWEAVE-207: Task.sleep would block Vert.x's event loop",
          on(job -> context.runOnContext(none -> job.run())));
      assertEquals(
          "waited",
          on(
              job ->
                  vertx.executeBlocking(
                      () -> {
                        job.run();
                        return null;
                      })));
    } finally {
      vertx.close().await();
    }
  }

  @Test
  void reactor() throws Exception {
    assertEquals(
        "COWEAVE-207: Task.sleep would block a thread of Reactor's that may not be blocked",
        on(Schedulers.parallel()::schedule));
    assertEquals("waited", on(Schedulers.boundedElastic()::schedule));
  }
}
