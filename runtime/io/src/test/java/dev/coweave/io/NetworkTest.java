package dev.coweave.io;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.network.Network;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import dev.coweave.wait.Waits;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Sockets on another network than the operating system's: the same classes, in virtual time. */
class NetworkTest {
  private static final InetSocketAddress AT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 7);

  @Test
  void sockets_workOnTheNetworkOfTheirLoop() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Waits.substitute(Network.class, new MemoryNetwork());
          TcpServer server = TcpServer.bind(AT);
          Task<Void> serving = Task.start(() -> server.serve(10, c -> echo(c)));
          try (TcpConnection c = TcpConnection.connect("server", 7)) {
            byte[] much = new byte[100_000]; // more than it holds, so that both sides wait
            Task<Void> writing = Task.start(() -> write(c, much));
            assertEquals(much.length, c.readExactly(much.length).length);
            Task.await(writing);
            c.write("a line\n".getBytes(UTF_8));
            assertEquals("a line", c.readLine());
            assertThrows(UnsupportedOperationException.class, c::channel);
          }
          server.close();
          Task.await(serving);
        });
  }

  @Coroutine
  private static void echo(TcpConnection c) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1000);
    while (c.read(buffer) >= 0) {
      c.write(buffer.flip());
      buffer.clear();
    }
  }

  @Coroutine
  private static void write(TcpConnection c, byte[] bytes) throws IOException {
    c.write(bytes);
  }

  @Test
  void namesAndRefusals_areThoseOfTheNetwork() throws Exception {
    EventLoop.run(
        new VirtualClock(),
        () -> {
          Waits.substitute(Network.class, new MemoryNetwork());
          assertEquals("elsewhere", failure(UnknownHostException.class, "elsewhere").getMessage());
          assertEquals(
              "Connection refused", failure(ConnectException.class, "server").getMessage());
        });
  }

  @Coroutine
  private static <X extends IOException> X failure(Class<X> type, String host) {
    try {
      TcpConnection.connect(host, 7).close();
    } catch (IOException e) {
      return type.cast(e);
    }
    throw new AssertionError("connected");
  }

  @Test
  void timeouts_takeNoRealTime_andNoGraceForChannels() throws Exception {
    long before = System.nanoTime();
    VirtualClock clock = new VirtualClock();
    EventLoop.run(
        clock,
        () -> {
          Waits.substitute(Network.class, new MemoryNetwork());
          try (TcpServer server = TcpServer.bind(AT);
              TcpConnection c = TcpConnection.connect(AT)) {
            for (int i = 0; i < 1000; i++) {
              try {
                Task.timeout(Duration.ofHours(1), () -> c.read(ByteBuffer.allocate(1)));
                throw new AssertionError("read");
              } catch (TimeoutException e) {
                // as it should
              }
            }
            assertTrue(server.isOpen());
          }
        });
    assertEquals(Duration.ofHours(1000), clock.elapsed());
    assertTrue(System.nanoTime() - before < 60_000_000_000L);
  }

  @Test
  void readinessOfARealChannel_isRefused() throws Exception {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    EventLoop.run(
        () -> {
          Waits.substitute(Network.class, new MemoryNetwork());
          String message = "";
          try {
            Readiness.readable(pipe.source());
          } catch (UnsupportedOperationException e) {
            message = e.getMessage();
          }
          assertEquals(
              """
              COWEAVE-480: Readiness.readable of one of the operating system's channels in a simulated network
                because: nobody could repeat when it becomes ready
                fix: use the sockets of dev.coweave.io there: TcpConnection.connect, TcpServer.bind, UdpSocket.bind\
              """,
              message);
        });
    pipe.source().close();
    pipe.sink().close();
  }

  @Test
  void aConnectionOverARealChannel_isRefused() throws Exception {
    try (SocketChannel channel = SocketChannel.open()) {
      EventLoop.run(
          () -> {
            Waits.substitute(Network.class, new MemoryNetwork());
            UnsupportedOperationException e =
                assertThrows(UnsupportedOperationException.class, () -> new TcpConnection(channel));
            assertTrue(
                e.getMessage()
                    .startsWith(
                        "COWEAVE-480: new TcpConnection of one of the operating system's channels"),
                e.getMessage());
          });
      assertTrue(channel.isOpen() && channel.isBlocking());
    }
  }
}
