package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.io.Readiness;
import dev.coweave.io.Subprocess;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.UdpSocket;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import dev.coweave.task.TaskDump;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** Dumps name whom a task waits for outside the program: the peer, the process, the thread. */
class WhoIsWaitedForTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** How the dump of a task begins that does something, once it waits; the task is cancelled then. */
  @Coroutine
  private static String waiting(CoroutineRunnable body) throws Exception {
    return waiting("one: waiting", body);
  }

  @Coroutine
  private static String waiting(String beginning, CoroutineRunnable body) throws Exception {
    Task<Void> t = Task.start("one", body);
    String dump;
    do {
      Task.sleep(Duration.ofMillis(1));
      dump = TaskDump.of(t);
    } while (!dump.startsWith(beginning) && !t.isDone());
    t.cancel(false);
    while (!t.isDone()) {
      Task.yield();
    }
    return dump.lines().findFirst().orElse("").replaceAll(", for \\d+ s$", "");
  }

  private static String text(InetSocketAddress address) {
    return address.toString().replaceFirst("^/", "");
  }

  @Test
  void accept_read_andWrite_nameTheOtherSide() throws Exception {
    EventLoop.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY_PORT)) {
            String port = text(server.localAddress());
            assertEquals(
                "one: waiting in TcpServer.accept of port " + port, waiting(() -> server.accept()));
            Task<TcpConnection> accepted = Task.start(() -> server.accept());
            try (TcpConnection c = TcpConnection.connect(server.localAddress());
                TcpConnection other = accepted.await()) {
              String peer = " of peer " + port;
              assertEquals(
                  "one: waiting in TcpConnection.read" + peer,
                  waiting(() -> c.read(ByteBuffer.allocate(1))));
              assertEquals(
                  "one: waiting in TcpConnection.readLine" + peer, waiting(() -> c.readLine()));
              assertEquals(
                  "one: waiting in TcpConnection.readLine of peer "
                      + text((InetSocketAddress) other.remoteAddress()),
                  waiting(() -> other.readLine()));
              assertEquals(
                  "one: waiting in TcpConnection.write" + peer,
                  waiting(() -> c.write(new byte[50_000_000])));
            }
          }
        });
  }

  @Test
  void onAnExecutorTo() throws Exception {
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try (TcpServer server = TcpServer.bind(ANY_PORT)) {
      Task<TcpConnection> t = Task.start(pool, "one", () -> server.accept());
      String expected = "one: waiting in TcpServer.accept of port " + text(server.localAddress());
      while (!TaskDump.of(t).startsWith(expected)) {
        assertTrue(
            !t.isDone() && !TaskDump.of(t).startsWith("one: waiting in TcpServer.accept\n"),
            TaskDump.of(t));
        Thread.onSpinWait();
      }
      t.cancel(false);
    } finally {
      pool.shutdown();
    }
  }

  /** A backlog that is full keeps a further connection waiting. */
  @Test
  void connect_namesThePeer() throws Exception {
    EventLoop.run(
        () -> {
          List<SocketChannel> others = new ArrayList<>();
          try (ServerSocketChannel full = ServerSocketChannel.open().bind(ANY_PORT, 1)) {
            InetSocketAddress address = (InetSocketAddress) full.getLocalAddress();
            for (int i = 0; i < 8; i++) {
              SocketChannel c = SocketChannel.open();
              c.configureBlocking(false);
              c.connect(address);
              others.add(c);
            }
            assertEquals(
                "one: waiting in TcpConnection.connect of peer " + text(address),
                waiting(() -> TcpConnection.connect(address)));
          } finally {
            for (SocketChannel c : others) {
              c.close();
            }
          }
        });
  }

  @Test
  void datagrams_nameThePort_orThePeerOfAConnectedSocket() throws Exception {
    EventLoop.run(
        () -> {
          try (UdpSocket a = UdpSocket.bind(ANY_PORT);
              UdpSocket b = UdpSocket.bind(ANY_PORT)) {
            assertEquals(
                "one: waiting in UdpSocket.receive of port " + text(a.localAddress()),
                waiting(() -> a.receive(ByteBuffer.allocate(1))));
            a.connect(b.localAddress());
            assertEquals(
                "one: waiting in UdpSocket.receive of peer " + text(b.localAddress()),
                waiting(() -> a.receive(ByteBuffer.allocate(1))));
          }
        });
  }

  @Test
  void aProcess_isNamedByItsProgram_neverItsArguments() throws Exception {
    EventLoop.run(
        () -> {
          try (Subprocess p = Subprocess.start(new ProcessBuilder("sleep", "1000"))) {
            String process = "Subprocess " + p.handle().pid() + " (sleep)";
            assertEquals(
                "one: waiting in Subprocess.waitFor of " + process, waiting(() -> p.waitFor()));
            assertEquals(
                "one: waiting in ByteInput.readLine of the standard output of " + process,
                waiting(() -> p.stdout().readLine()));
            assertEquals(
                "one: waiting in ByteInput.readLine of the standard error of " + process,
                waiting(() -> p.stderr().readLine()));
            assertEquals(
                "one: waiting in ByteOutput.write of the standard input of " + process,
                waiting(() -> p.stdin().write(new byte[1_000_000])));
            p.close(Duration.ZERO);
          }
        });
  }

  @Test
  void otherChannels_areNamedByWhatIsKnownOfThem() throws Exception {
    EventLoop.run(
        () -> {
          Pipe pipe = Pipe.open();
          pipe.source().configureBlocking(false);
          assertEquals(
              "one: waiting in Readiness.readable of " + pipe.source().getClass().getSimpleName(),
              waiting(() -> Readiness.readable(pipe.source())));
          pipe.source().close();
          pipe.sink().close();
          Path at = Files.createTempDirectory("coweave").resolve("socket");
          try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(UnixDomainSocketAddress.of(at));
            server.configureBlocking(false);
            assertEquals(
                "one: waiting in Readiness.acceptable of port " + at,
                waiting(() -> Readiness.acceptable(server)));
          } finally {
            Files.delete(at);
            Files.delete(at.getParent());
          }
        });
  }

  @Test
  void aCallThatBlocks_namesItsThread() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    String dump =
        EventLoop.run(
            () ->
                waiting(
                    "one: waiting in Task.blocking of thread ", // once a worker has taken it
                    () ->
                        Task.blocking(
                            () -> {
                              never.await();
                              return 1;
                            })));
    assertTrue(dump.matches("one: waiting in Task.blocking of thread coweave-worker-\\d+"), dump);
    ExecutorService busy = Executors.newSingleThreadExecutor();
    try {
      busy.submit(
          () -> {
            never.await();
            return 1;
          });
      assertEquals(
          "one: waiting in Task.blocking of a thread that is free",
          EventLoop.run(() -> waiting(() -> Task.blocking(busy, () -> 1))));
    } finally {
      busy.shutdownNow();
    }
  }

  @Coroutine
  private static int receive() {
    return new Channel<Integer>(0).receive();
  }

  @Test
  void veryManyInOnePlace_standTogether_whateverEachWaitsFor() throws Exception {
    String dump =
        EventLoop.run(
            () -> {
              for (int i = 1; i <= 1000; i++) {
                Task.start("task " + i, () -> receive());
              }
              Task.yield();
              return EventLoop.current().dump();
            });
    assertTrue(
        dump.contains("task 19, task 20, … (1000 tasks): waiting in Channel.receive of Channel@"),
        dump);
    assertTrue(dump.contains(", … (1000)\n"), dump);
    assertTrue(dump.lines().count() < 20, dump);
  }
}
