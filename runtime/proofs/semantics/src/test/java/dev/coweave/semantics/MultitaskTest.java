package dev.coweave.semantics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.Readiness;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.UdpSocket;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Channel;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Semaphore;
import dev.coweave.task.Resumption;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each function of python-multitask has its counterpart: a test for each row of the table in docs/multitask.md. */
@Timeout(300)
class MultitaskTest extends InVirtualTime {
  private static final Path TABLE = Path.of("../../../docs/multitask.md");

  @Test
  void theTable_namesTheTestsOfThisClass() throws IOException {
    Set<String> named = new TreeSet<>();
    Matcher row =
        Pattern.compile("^\\|.*\\| `(\\w+)` \\|$", Pattern.MULTILINE)
            .matcher(Files.readString(TABLE));
    while (row.find()) {
      named.add(row.group(1));
    }
    Set<String> tests = new TreeSet<>();
    Arrays.stream(MultitaskTest.class.getDeclaredMethods())
        .filter(m -> m.isAnnotationPresent(Test.class) && !m.getName().startsWith("theTable"))
        .forEach(m -> tests.add(m.getName()));
    assertEquals(tests, named);
  }

  // ---- tasks and their manager

  @Coroutine
  private void say(String word, int times) {
    for (int i = 0; i < times; i++) {
      log.add(word);
      Task.yield();
    }
  }

  @Test
  void add() throws Exception {
    EventLoop loop = EventLoop.create(clock);
    loop.start(() -> say("from outside", 1));
    loop.start(() -> Task.start(() -> say("from a task", 1)));
    loop.runAll();
    assertLog("from outside", "from a task");
  }

  @Test
  void run() {
    EventLoop loop = EventLoop.create(clock);
    loop.start(() -> say("a", 2));
    loop.start(() -> say("b", 2));
    loop.runAll();
    assertLog("a", "b", "a", "b");
  }

  @Test
  void runNext() {
    EventLoop loop = EventLoop.create(clock);
    loop.start(() -> say("a", 2));
    loop.start(() -> say("b", 2));
    loop.runNext(Duration.ZERO);
    assertLog("a", "b");
    while (loop.runNext(HOUR)) {} // what run() does
    assertLog("a", "b", "a", "b");
  }

  @Test
  void taskManager() throws Exception {
    EventLoop one = EventLoop.create(clock);
    EventLoop other = EventLoop.create(clock);
    Task<Boolean> task = one.start(() -> EventLoop.current() == one);
    one.runAll();
    assertTrue(task.join());
    other.close();
  }

  @Test
  void hasRunnable_hasTimeouts_hasIoWaits() {
    EventLoop loop = EventLoop.create(clock);
    assertFalse(loop.runNext(Duration.ZERO));
    loop.start(() -> Task.sleep(HOUR));
    assertTrue(loop.runNext(Duration.ZERO));
    assertTrue(loop.runNext(Duration.ZERO));
    assertFalse(loop.runNext(HOUR));
  }

  @Test
  void yield() throws Exception {
    run(
        () -> {
          Task<Void> a = Task.start(() -> say("a", 2));
          Task<Void> b = Task.start(() -> say("b", 2));
          a.await();
          b.await();
        });
    assertLog("a", "b", "a", "b");
  }

  @Test
  void sleep() throws Exception {
    run(() -> sleepFor(7));
    assertElapsed(Duration.ofSeconds(7));
  }

  // ---- children

  @Coroutine
  private static String child() {
    sleepFor(1);
    return "value";
  }

  @Coroutine
  private static List<Integer> childOfSeveral() {
    sleepFor(1);
    return List.of(1, 2, 3);
  }

  @Coroutine
  private static void childThatFails() throws IOException {
    sleepFor(1);
    throw new IOException("the child failed");
  }

  @Test
  void aChildReturnsAValue() throws Exception {
    run(
        () -> {
          assertEquals("value", child());
          assertEquals("value", Task.await(Task.start(() -> child())));
        });
    assertElapsed(Duration.ofSeconds(2));
  }

  @Test
  void aChildReturnsSeveralValues() throws Exception {
    run(() -> assertEquals(List.of(1, 2, 3), childOfSeveral()));
  }

  @Test
  void aChildThrows() throws Exception {
    run(
        () -> {
          IOException e = thrown(IOException.class, () -> childThatFails());
          assertEquals("the child failed", e.getMessage());
          Task<Void> task = Task.start(() -> childThatFails());
          thrown(IOException.class, () -> Task.await(task));
        });
  }

  @Test
  void aChildRunsMeanwhile() throws Exception {
    run(
        () -> {
          Task<String> task = Task.start(() -> child());
          sleepFor(1);
          assertEquals("value", task.await());
        });
    assertElapsed(SECOND);
  }

  // ---- timeouts

  @Test
  void timeout() throws Exception {
    run(() -> thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> sleepFor(2))));
    assertElapsed(SECOND);
  }

  // ---- files and pipes

  private static Pipe pipe() throws IOException {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    pipe.sink().configureBlocking(false);
    return pipe;
  }

  @Test
  void readable() throws Exception {
    Pipe pipe = pipe();
    run(
        () -> {
          thrown(
              TimeoutException.class,
              () -> Task.timeout(SECOND, () -> Readiness.readable(pipe.source())));
          pipe.sink().write(ByteBuffer.allocate(3));
          Readiness.readable(pipe.source());
          assertEquals(3, pipe.source().read(ByteBuffer.allocate(10)));
        });
    pipe.source().close();
    pipe.sink().close();
  }

  @Test
  void writable() throws Exception {
    Pipe pipe = pipe();
    run(
        () -> {
          Readiness.writable(pipe.sink());
          while (pipe.sink().write(ByteBuffer.allocate(10_000)) > 0) {} // until it is full
          thrown(
              TimeoutException.class,
              () -> Task.timeout(SECOND, () -> Readiness.writable(pipe.sink())));
          while (pipe.source().read(ByteBuffer.allocate(10_000)) > 0) {}
          Readiness.writable(pipe.sink());
        });
    pipe.source().close();
    pipe.sink().close();
  }

  @Test
  void readAndWriteFiles() throws Exception {
    run(
        () -> {
          Path file = Task.blocking(() -> Files.createTempFile("coweave", ".txt"));
          Task.blocking(() -> Files.writeString(file, "text"));
          assertEquals("text", Task.blocking(() -> Files.readString(file)));
          Task.blocking(() -> Files.deleteIfExists(file));
        });
  }

  // ---- sockets

  private static InetSocketAddress any() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** A server whose handler gives back what comes. */
  @Coroutine
  private static void echo(TcpConnection client) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(100);
    while (client.read(buffer) >= 0) {
      client.write(buffer.flip());
      buffer.clear();
    }
  }

  @Test
  void accept() throws Exception {
    run(
        () -> {
          try (TcpServer server = TcpServer.bind(any())) {
            thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> server.accept()));
            try (TcpConnection client = TcpConnection.connect(server.localAddress());
                TcpConnection accepted = server.accept()) {
              assertEquals(client.channel().getLocalAddress(), accepted.remoteAddress());
            }
          }
        });
  }

  @Test
  void connect() throws Exception {
    run(
        () -> {
          try (TcpServer server = TcpServer.bind(any())) {
            SocketAddress address = server.localAddress();
            try (TcpConnection client = Task.timeout(HOUR, () -> TcpConnection.connect(address))) {
              assertEquals(address, client.remoteAddress());
            }
          }
        });
  }

  @Test
  void sendAndRecv() throws Exception {
    run(
        () -> {
          try (TcpServer server = TcpServer.bind(any())) {
            Task<Void> serving = Task.start(() -> server.serve(1, client -> echo(client)));
            try (TcpConnection client = TcpConnection.connect(server.localAddress())) {
              ByteBuffer got = ByteBuffer.allocate(100);
              thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> client.read(got)));
              client.write(bytes("four"));
              assertEquals(4, client.read(got));
              client.write(bytes("exactly"));
              assertEquals("exactly", new String(client.readExactly(7), UTF_8));
            }
            server.close();
            serving.await();
          }
        });
  }

  @Test
  void readline() throws Exception {
    run(
        () -> {
          try (TcpServer server = TcpServer.bind(any())) {
            Task<Void> serving = Task.start(() -> server.serve(1, client -> echo(client)));
            try (TcpConnection client = TcpConnection.connect(server.localAddress())) {
              client.write(bytes("one\ntwo\r\nhalf"));
              assertEquals("one", client.readLine());
              assertEquals("two", client.readLine());
              thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> client.readLine()));
              client.write(bytes(" and half\n"));
              assertEquals("half and half", client.readLine());
              client.shutdownOutput();
              assertNull(client.readLine());
            }
            server.close();
            serving.await();
          }
        });
  }

  @Test
  void sendtoAndRecvfrom() throws Exception {
    run(
        () -> {
          try (UdpSocket here = UdpSocket.bind(any());
              UdpSocket there = UdpSocket.bind(any())) {
            ByteBuffer got = ByteBuffer.allocate(100);
            thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> there.receive(got)));
            here.send(ByteBuffer.wrap(bytes("datagram")), there.localAddress());
            assertEquals(here.localAddress(), there.receive(got));
            assertEquals(8, got.position());
          }
        });
  }

  // ---- queues and locks

  @Test
  void queuePut() throws Exception {
    run(
        () -> {
          Channel<String> queue = new Channel<>(1);
          queue.send("first");
          assertFalse(queue.trySend("second"));
          thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> queue.send("second")));
          assertEquals(1, queue.size());
          assertEquals("first", queue.receive());
          assertNull(queue.tryReceive()); // what timed out was not put
        });
    assertElapsed(SECOND);
  }

  @Test
  void queueGet() throws Exception {
    run(
        () -> {
          Channel<String> queue = new Channel<>(Channel.UNLIMITED);
          thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> queue.receive()));
          Task<String> getting = Task.start(() -> queue.receive());
          sleepFor(1);
          queue.send("item");
          assertEquals("item", getting.await());
        });
  }

  @Test
  void smartQueueGet() throws Exception {
    run(
        () -> {
          Channel<Integer> queue = new Channel<>(Channel.UNLIMITED);
          for (int i = 1; i <= 3; i++) {
            queue.send(i);
          }
          assertEquals(2, queue.receive(i -> i % 2 == 0));
          thrown(
              TimeoutException.class,
              () -> Task.timeout(SECOND, () -> queue.receive(i -> i % 2 == 0)));
          assertEquals(1, queue.receive());
          assertEquals(3, queue.receive());
        });
  }

  @Test
  void acquire() throws Exception {
    run(
        () -> {
          Mutex mutex = new Mutex();
          Semaphore semaphore = new Semaphore(1);
          mutex.lock();
          semaphore.acquire();
          Task<Void> other =
              Task.start(
                  () -> {
                    thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> mutex.lock()));
                    thrown(
                        TimeoutException.class,
                        () -> Task.timeout(SECOND, () -> semaphore.acquire()));
                    mutex.lock();
                    semaphore.acquire();
                    mutex.unlock();
                    semaphore.release();
                  });
          sleepFor(5);
          mutex.unlock();
          semaphore.release();
          other.await();
        });
    assertElapsed(Duration.ofSeconds(5));
  }

  // ---- one's own conditions

  /** An operation of one's own: waits until somebody rings. */
  private static final class Bell {
    private final List<Resumption<String>> waiting = new ArrayList<>();

    @Coroutine
    String await() {
      return Task.suspend(resumption -> waiting.add(resumption));
    }

    void ring(String tone) {
      waiting.forEach(resumption -> resumption.resume(tone));
      waiting.clear();
    }
  }

  @Test
  void yieldCondition() throws Exception {
    run(
        () -> {
          Bell bell = new Bell();
          thrown(TimeoutException.class, () -> Task.timeout(SECOND, () -> bell.await()));
          Task<String> a = Task.start(() -> bell.await());
          Task<String> b = Task.start(() -> bell.await());
          sleepFor(1);
          bell.ring("ding");
          assertSame("ding", a.await());
          assertSame("ding", b.await());
        });
  }
}
