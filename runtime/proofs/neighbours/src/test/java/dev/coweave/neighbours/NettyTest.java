package dev.coweave.neighbours;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.GlobalEventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tasks on the event loops of Netty: their turns are jobs of such a loop, and they await its futures. */
class NettyTest {
  private static final Duration MOMENT = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofHours(1);

  /** The loop under the sockets, and the one without. */
  private enum Kind {
    NIO {
      @Override
      EventLoopGroup open() {
        return nio(1);
      }
    },
    DEFAULT {
      @Override
      EventLoopGroup open() {
        return new DefaultEventLoop();
      }
    };

    abstract EventLoopGroup open();
  }

  private static EventLoopGroup nio(int threads) {
    return new MultiThreadIoEventLoopGroup(threads, NioIoHandler.newFactory());
  }

  private final List<EventLoopGroup> groups = new ArrayList<>();
  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private EventLoop open(Kind kind) {
    return keep(kind.open()).next();
  }

  private EventLoopGroup keep(EventLoopGroup group) {
    groups.add(group);
    return group;
  }

  @AfterEach
  void shutDown() throws Exception {
    for (EventLoopGroup g : groups) {
      shutDown(g);
    }
  }

  private static void shutDown(EventLoopGroup group) throws Exception {
    group.shutdownGracefully(0, 10, TimeUnit.SECONDS).get(300, TimeUnit.SECONDS);
  }

  /** As a user would write it: waits for any of Netty's futures by its listener, with no thread. */
  @Coroutine
  private static <T> T await(Future<T> future) {
    return Task.suspend(
        r ->
            future.addListener(
                (Future<T> f) -> {
                  if (f.isSuccess()) {
                    r.resume(f.getNow());
                  } else {
                    r.fail(f.cause());
                  }
                }));
  }

  // ---- where they run

  @ParameterizedTest
  @EnumSource
  void eachTurnRunsOnItsThread_whateverEndsTheWait(Kind kind) throws Exception {
    EventLoop loop = open(kind);
    List<Boolean> there = Task.start(loop, () -> turns(loop)).get();
    assertEquals(List.of(true, true, true, true, false, true, true, true), there);
  }

  @Coroutine
  private static List<Boolean> turns(EventLoop loop) {
    List<Boolean> there = new ArrayList<>();
    there.add(loop.inEventLoop());
    Task.sleep(MOMENT);
    there.add(loop.inEventLoop());
    Task.yield();
    there.add(loop.inEventLoop());
    Task.await(CompletableFuture.runAsync(() -> {}));
    there.add(loop.inEventLoop());
    there.add(Task.blocking(() -> loop.inEventLoop()));
    there.add(loop.inEventLoop());
    await(GlobalEventExecutor.INSTANCE.schedule(() -> "elsewhere", 1, TimeUnit.MILLISECONDS));
    there.add(loop.inEventLoop());
    there.add(Task.await(Task.start(() -> loop.inEventLoop())));
    return there;
  }

  @ParameterizedTest
  @EnumSource
  void whileATaskWaits_theThreadIsFree(Kind kind) throws Exception {
    EventLoop loop = open(kind);
    CompletableFuture<String> event = new CompletableFuture<>();
    Task<String> task =
        Task.start(
            loop,
            () -> {
              loop.execute(() -> event.complete("from the same thread"));
              return Task.await(event);
            });
    assertEquals("from the same thread", task.get());
  }

  @ParameterizedTest
  @EnumSource
  void startedOnItsThread_itsFirstTurnComesAfterTheJobThatStartsIt(Kind kind) throws Exception {
    EventLoop loop = open(kind);
    Task<Boolean> task =
        loop.submit(
                () -> {
                  Task<Boolean> t = Task.start(loop, () -> log.add("task"));
                  log.add("job");
                  return t;
                })
            .get();
    assertTrue(task.get());
    assertEquals(List.of("job", "task"), log);
  }

  @Test
  void inAGroup_turnsGoFromLoopToLoop_oneAtATime() throws Exception {
    EventLoopGroup group = keep(nio(3));
    int[] turns = {0}; // neither volatile nor locked
    List<Thread> threads =
        Task.start(
                group,
                () -> {
                  List<Thread> seen = new ArrayList<>();
                  for (int i = 0; i < 3_000; i++) {
                    turns[0]++;
                    seen.add(Thread.currentThread());
                    Task.yield();
                  }
                  return seen;
                })
            .get();
    assertEquals(3_000, turns[0]);
    assertEquals(3, threads.stream().distinct().count());
  }

  // ---- its futures

  @ParameterizedTest
  @EnumSource
  void itsFutures_areAwaitedByAListener(Kind kind) throws Exception {
    EventLoop loop = open(kind);
    Promise<String> later = loop.newPromise();
    Task<String> task =
        Task.start(
            loop,
            () ->
                await(loop.newSucceededFuture("now"))
                    + await(loop.schedule(() -> ", soon", 1, TimeUnit.MILLISECONDS))
                    + await(later));
    later.setSuccess(", later");
    assertEquals("now, soon, later", task.get());
  }

  @ParameterizedTest
  @EnumSource
  void itsFutures_failAsTheyAre_andACancelledOneIsNoCancellationOfTheTask(Kind kind)
      throws Exception {
    EventLoop loop = open(kind);
    IOException failure = new IOException("reset");
    Promise<String> cancelled = loop.newPromise();
    Task<List<Throwable>> task =
        Task.start(
            loop, () -> List.of(failureOf(loop.newFailedFuture(failure)), failureOf(cancelled)));
    cancelled.cancel(false);
    List<Throwable> failures = task.get();
    assertSame(failure, failures.get(0));
    assertInstanceOf(CancellationException.class, failures.get(1));
  }

  @Coroutine
  private static Throwable failureOf(Future<?> future) {
    try {
      await(future);
      return new AssertionError("it succeeded");
    } catch (Exception e) {
      return e;
    }
  }

  @Test
  void itsFutures_areJavasToo_awaitedOnAWorkerThread() throws Exception {
    EventLoop loop = open(Kind.NIO);
    Promise<String> promise = loop.newPromise();
    Task<String> task = Task.start(loop, () -> Task.await(promise) + loop.inEventLoop());
    loop.execute(() -> promise.setSuccess("value, on the loop: "));
    assertEquals("value, on the loop: true", task.get());
  }

  // ---- cancellation and timeouts

  @ParameterizedTest
  @EnumSource
  void cancelled_itsFinallyBlocksRunOnItsThread_andTheValueThatComesLaterIsNobodys(Kind kind)
      throws Exception {
    EventLoop loop = open(kind);
    Promise<String> promise = loop.newPromise();
    CountDownLatch waits = new CountDownLatch(1);
    Task<String> task =
        Task.start(
            loop,
            () -> {
              try {
                loop.execute(waits::countDown); // this turn ends first
                return await(promise);
              } finally {
                log.add("finally " + loop.inEventLoop());
                Task.shield(() -> Task.sleep(MOMENT));
                log.add("cleaned up " + loop.inEventLoop());
              }
            });
    waits.await();
    task.cancel(false);
    assertThrows(CancellationException.class, task::get);
    assertEquals(List.of("finally true", "cleaned up true"), log);
    promise.setSuccess("late");
    assertEquals("on", loop.submit(() -> "on").get());
  }

  @ParameterizedTest
  @EnumSource
  void aTimeout_endsAWaitForAFuture(Kind kind) {
    EventLoop loop = open(kind);
    Promise<String> never = loop.newPromise();
    Task<String> task = Task.start(loop, () -> Task.timeout(MOMENT, () -> await(never)));
    assertInstanceOf(
        TimeoutException.class, assertThrows(ExecutionException.class, task::get).getCause());
  }

  // ---- its shutdown

  @ParameterizedTest
  @EnumSource
  void shutDownGracefully_turnsThatFollowEachOtherGoOnToTheEnd(Kind kind) throws Exception {
    EventLoop loop = open(kind);
    Task<Integer> task =
        Task.start(
            loop,
            () -> {
              loop.shutdownGracefully(0, 1, TimeUnit.MINUTES);
              int n = 0;
              while (n < 1000) {
                Task.yield();
                n++;
              }
              return n;
            });
    assertEquals(1000, task.get());
    assertTrue(loop.awaitTermination(300, TimeUnit.SECONDS));
  }

  @ParameterizedTest
  @EnumSource
  void shutDown_aStartThrowsAtTheCaller_andNothingRuns(Kind kind) throws Exception {
    EventLoop loop = open(kind);
    shutDown(loop);
    assertThrows(RejectedExecutionException.class, () -> Task.start(loop, () -> log.add("never")));
    assertEquals(List.of(), log);
  }

  @ParameterizedTest
  @EnumSource
  void shutDownUnderAWait_theWaitThrowsTheRefusal_andFinallyBlocksRun(Kind kind) throws Exception {
    EventLoop loop = open(kind);
    CompletableFuture<String> future = new CompletableFuture<>();
    CountDownLatch waits = new CountDownLatch(2);
    Task<?> awaits = Task.start(loop, () -> waiting(waits, () -> Task.await(future)));
    Task<?> sleeps = Task.start(loop, () -> waiting(waits, () -> Task.sleep(LONG)));
    waits.await();
    shutDown(loop);
    assertFalse(awaits.isDone());
    future.complete("value");
    assertRefused(awaits);
    sleeps.cancel(false);
    assertRefused(sleeps);
    assertEquals(List.of("finally", "finally"), log);
  }

  private interface Wait {
    @Coroutine
    void run();
  }

  @Coroutine
  private void waiting(CountDownLatch begun, Wait wait) {
    try {
      begun.countDown();
      wait.run();
    } finally {
      log.add("finally");
    }
  }

  private static void assertRefused(Task<?> task) {
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> task.get(300, TimeUnit.SECONDS));
    assertInstanceOf(RejectedExecutionException.class, e.getCause());
  }

  // ---- a server and its client

  /** Gives each line that comes in to a coroutine, on the channel's loop. */
  private abstract static class Lines extends SimpleChannelInboundHandler<ByteBuf> {
    private final StringBuilder partial = new StringBuilder();

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf bytes) {
      partial.append(bytes.toString(StandardCharsets.US_ASCII));
      for (int end = partial.indexOf("\n"); end >= 0; end = partial.indexOf("\n")) {
        String line = partial.substring(0, end);
        partial.delete(0, end + 1);
        Task.start(context.executor(), () -> handle(context.channel(), line));
      }
    }

    @Coroutine
    abstract void handle(Channel channel, String line);
  }

  @Coroutine
  private static void send(Channel channel, String line) {
    await(channel.writeAndFlush(Unpooled.copiedBuffer(line + "\n", StandardCharsets.US_ASCII)));
  }

  private static class Shouter extends Lines {
    @Override
    @Coroutine
    void handle(Channel channel, String line) {
      Task.sleep(MOMENT);
      String loud = Task.blocking(() -> line.toUpperCase());
      send(channel, loud + (channel.eventLoop().inEventLoop() ? "!" : "?"));
    }
  }

  private static class Replies extends Lines {
    final dev.coweave.sync.Channel<String> lines = new dev.coweave.sync.Channel<>(10);

    @Override
    @Coroutine
    void handle(Channel channel, String line) {
      lines.send(line);
    }
  }

  @Test
  void handlersOfItsPipelines_areCoroutines() throws Exception {
    EventLoopGroup group = keep(nio(2));
    Task<List<String>> client =
        Task.start(
            group.next(),
            () -> {
              Channel server = bind(group, Shouter::new);
              Replies replies = new Replies();
              Channel channel = connect(group, server, replies);
              List<String> heard = new ArrayList<>();
              for (String word : List.of("one", "two", "three")) {
                send(channel, word);
                heard.add(replies.lines.receive());
              }
              await(channel.close());
              await(server.close());
              return heard;
            });
    assertEquals(List.of("ONE!", "TWO!", "THREE!"), client.get(300, TimeUnit.SECONDS));
  }

  @Coroutine
  private static Channel bind(
      EventLoopGroup group, Supplier<SimpleChannelInboundHandler<ByteBuf>> handlers) {
    var bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(handlers.get());
                  }
                })
            .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    assertNull(await(bound));
    return bound.channel();
  }

  @Coroutine
  private static Channel connect(
      EventLoopGroup group, Channel server, SimpleChannelInboundHandler<ByteBuf> handler) {
    var connected =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .handler(handler)
            .connect(server.localAddress());
    await(connected);
    return connected.channel();
  }
}
