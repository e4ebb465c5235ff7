package dev.coweave.semantics;

import static dev.coweave.semantics.IoTests.bytes;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.Connection;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** What peers can write into a server's log, and take of its places. */
@Timeout(300)
class QuietServersTest {
  private static final int PEERS = 50;
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  // ---- the log

  /** Connects, does something, and goes: with a reset if it is rude. */
  @Coroutine
  private static void visit(TcpServer server, String says, boolean rude) throws IOException {
    try (TcpConnection c = TcpConnection.connect(server.localAddress())) {
      if (!says.isEmpty()) {
        c.write(bytes(says));
      }
      if (rude) {
        c.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
      }
    }
  }

  private static List<LogRecord> loud(Reports reports) {
    return reports.records().stream()
        .filter(r -> r.getLevel().intValue() >= Level.WARNING.intValue())
        .toList();
  }

  private static List<String> messages(List<LogRecord> records) {
    return records.stream().map(r -> r.getMessage() + ": " + r.getThrown()).toList();
  }

  @Test
  void checksAndResetsOfATlsPort_areOneLineTogether() throws Exception {
    SSLContext context = Keys.context();
    try (Reports reports = new Reports()) {
      EventLoop.run(
          () -> {
            TcpServer server = TcpServer.bind(ANY);
            Task<Void> serving = Task.start(() -> server.serve(9, context, c -> c.readLine()));
            for (int i = 0; i < PEERS; i++) {
              visit(server, "", i % 2 == 0);
              visit(server, "GET / HTTP/1.0\r\n\r\n", i % 2 == 0);
            }
            server.close();
            Task.await(serving);
          });
      assertEquals(List.of(), messages(loud(reports)));
      assertTrue(reports.records().size() <= 2, reports.messages().toString());
      assertTrue(reports.records().stream().allMatch(r -> r.getThrown() == null));
      assertTrue(
          reports.messages().stream().allMatch(m -> m.startsWith("TcpServer at ")),
          reports.messages().toString());
    }
  }

  private static void isQuiet(ThrowingHandler handler, String says) throws Exception {
    try (Reports reports = new Reports()) {
      EventLoop.run(
          () -> {
            TcpServer server = TcpServer.bind(ANY);
            Task<Void> serving = Task.start(() -> server.serve(9, c -> handler.handle(c)));
            for (int i = 0; i < PEERS; i++) {
              visit(server, says, i % 2 == 0);
            }
            server.close();
            Task.await(serving);
          });
      assertEquals(List.of(), messages(loud(reports)));
      assertTrue(reports.records().size() <= 2, reports.messages().toString());
    }
  }

  private interface ThrowingHandler {
    @Coroutine
    void handle(Connection c) throws Exception;
  }

  @Test
  void peersThatEndTooEarly_orSendNonsense_areOneLineTogether() throws Exception {
    isQuiet(c -> c.readExactly(100), "too short");
    isQuiet(c -> c.readLine(5), "too long");
    isQuiet(QuietServersTest::wraps, "wrapped");
  }

  @Coroutine
  private static void wraps(Connection c) {
    try {
      c.readExactly(100);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends the beginning of a line, reads nothing, and stays until the server has served it. */
  private static void isQuietAboutSlow(ThrowingHandler handler) throws Exception {
    try (Reports reports = new Reports()) {
      EventLoop.run(
          () -> {
            TcpServer server = TcpServer.bind(ANY);
            Channel<String> served = new Channel<>(PEERS);
            Task<Void> serving =
                Task.start(() -> server.serve(PEERS, c -> serveOne(handler, c, served)));
            List<TcpConnection> peers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
              TcpConnection peer = TcpConnection.connect(server.localAddress());
              peer.write(bytes("slow"));
              peers.add(peer);
            }
            for (TcpConnection peer : peers) {
              assertEquals("late", served.receive());
            }
            for (TcpConnection peer : peers) {
              peer.close();
            }
            server.close();
            Task.await(serving);
          });
      assertEquals(List.of(), messages(loud(reports)));
      assertTrue(reports.records().size() <= 2, reports.messages().toString());
    }
  }

  @Coroutine
  private static void serveOne(ThrowingHandler handler, Connection c, Channel<String> served)
      throws Exception {
    try {
      handler.handle(c);
      served.send("in time");
    } catch (Exception e) {
      served.send("late");
      throw e;
    }
  }

  @Coroutine
  private static void readsInTime(Connection c) throws Exception {
    Task.timeout(Duration.ofMillis(1), () -> c.readLine());
  }

  @Coroutine
  private static void writesInTime(Connection c) {
    try {
      Task.timeout(Duration.ofMillis(1), () -> c.write(new byte[1 << 26]));
    } catch (TimeoutException e) {
      throw new IllegalStateException("too slow", e);
    }
  }

  @Test
  void peersThatAreTooSlow_areOneLineTogether() throws Exception {
    isQuietAboutSlow(QuietServersTest::readsInTime);
    isQuietAboutSlow(QuietServersTest::writesInTime);
  }

  @Coroutine
  private static void readsAndWrites(Connection c) throws Exception {
    try (TaskScope scope = TaskScope.open()) {
      scope.fork(() -> c.readExactly(1 << 20));
      scope.fork(() -> c.write(new byte[1 << 26]));
      scope.join();
    }
  }

  /** The reader and the writer of a connection learn of it one after the other, and each by its own failure. */
  @Test
  void resetsThatAReaderAndAWriterMeet_areOneLineTogether() throws Exception {
    isQuiet(QuietServersTest::readsAndWrites, "both");
  }

  @Coroutine
  private static void failsInACircle(Connection c) throws Exception {
    try {
      c.readExactly(100);
    } catch (IOException e) {
      IllegalStateException failure = new IllegalStateException();
      failure.initCause(new IllegalStateException(failure));
      throw failure;
    }
  }

  /** Serves one connection, whose peer sends a line and the end of it all, and waits for the server's. */
  private static void serveOne(ThrowingHandler handler) throws Exception {
    EventLoop.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY)) {
            Task<Void> serving = Task.start(() -> server.serve(9, c -> handler.handle(c)));
            try (TcpConnection c = TcpConnection.connect(server.localAddress())) {
              c.write(bytes("fig\n"));
              c.shutdownOutput();
              assertNull(c.readLine());
            }
            server.close();
            Task.await(serving);
          }
        });
  }

  @Test
  void aFailureWhoseCausesAreACircle_isTheHandlersOwn() throws Exception {
    try (Reports reports = new Reports()) {
      serveOne(QuietServersTest::failsInACircle);
      assertEquals(1, loud(reports).size());
    }
  }

  /** Says when the JDK begins to log, and does nothing else. */
  public static final class Beginning {
    /** By the JDK. */
    public Beginning() {
      System.out.println("ready to log");
    }
  }

  static final class Binds {
    private Binds() {}

    public static void main(String[] args) throws Exception {
      TcpServer server = TcpServer.bind(ANY);
      System.out.println("bound");
      server.close();
    }
  }

  /** What the JDK needs for it, descriptors and memory, is what a peer may take; once it has failed it never logs again. */
  @Test
  void aServerCanLog_beforeAPeerCanConnect() throws Exception {
    assertEquals(
        "ready to log\nbound\n",
        OwnJvm.output(
            0, Binds.class, "-Djava.util.logging.config.class=" + Beginning.class.getName()));
  }

  @Test
  void whatALoggerRefuses_isPrinted() throws Exception {
    Logger logger = Logger.getLogger("dev.coweave.io");
    PrintStream usual = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, StandardCharsets.UTF_8));
    logger.setFilter(
        r -> {
          throw new IllegalStateException("no log");
        });
    try {
      serveOne(c -> parse(c.readLine()));
    } finally {
      logger.setFilter(null);
      System.setErr(usual);
    }
    String said = printed.toString(StandardCharsets.UTF_8);
    assertTrue(said.startsWith("the handler of the connection from "), said);
    assertTrue(said.contains("; not logged: java.lang.IllegalStateException: no log"), said);
  }

  @Test
  void aHandlersOwnFailures_areSaidInFull_butNotForEver() throws Exception {
    try (Reports reports = new Reports()) {
      EventLoop.run(
          () -> {
            TcpServer server = TcpServer.bind(ANY);
            Task<Void> serving = Task.start(() -> server.serve(9, c -> parse(c.readLine())));
            for (int i = 0; i < PEERS; i++) {
              visit(server, "nonsense\n", false);
            }
            server.close();
            Task.await(serving);
          });
      assertEquals(10, loud(reports).size());
      assertTrue(
          loud(reports).stream().allMatch(r -> r.getThrown() instanceof NumberFormatException));
    }
  }

  private static void parse(String number) {
    Integer.parseInt(number);
  }

  // ---- the places

  @Test
  void onePeer_getsNoMorePlacesThanItMay() throws Exception {
    EventLoop.run(
        () -> {
          TcpServer server = TcpServer.bind(ANY).limitPerPeer(2);
          Task<Void> serving = Task.start(() -> server.serve(9, c -> greet(c)));
          List<TcpConnection> open = new ArrayList<>();
          for (int i = 0; i < 5; i++) {
            TcpConnection c = TcpConnection.connect(server.localAddress());
            assertEquals(i < 2 ? "hello" : null, greeting(c));
            open.add(c);
          }
          open.get(0).close(); // makes room for another
          String greeting = null;
          while (greeting == null) {
            TcpConnection c = TcpConnection.connect(server.localAddress());
            greeting = greeting(c);
            open.add(c);
          }
          for (TcpConnection c : open) {
            c.close();
          }
          server.close();
          Task.await(serving);
        });
  }

  @Test
  @EnabledOnOs(OS.LINUX) // where all of 127/8 is the loopback's
  void anotherPeer_isServed_whileOneHoldsAllThatItMay() throws Exception {
    EventLoop.run(
        () -> {
          TcpServer server = TcpServer.bind(ANY).limitPerPeer(1);
          Task<Void> serving = Task.start(() -> server.serve(2, c -> greet(c)));
          try (TcpConnection greedy = TcpConnection.connect(server.localAddress())) {
            assertEquals("hello", greeting(greedy));
            for (int i = 0; i < 10; i++) {
              try (TcpConnection more = TcpConnection.connect(server.localAddress())) {
                assertNull(greeting(more));
              }
            }
            SocketChannel other = SocketChannel.open();
            other.bind(new InetSocketAddress("127.0.0.2", 0));
            other.connect(server.localAddress());
            try (TcpConnection c = new TcpConnection(other)) {
              assertEquals("hello", greeting(c));
            }
          }
          server.close();
          Task.await(serving);
        });
  }

  @Coroutine
  private static void greet(Connection c) throws IOException {
    c.write(bytes("hello\n"));
    c.readLine();
  }

  /** Null if the server has closed the connection. */
  @Coroutine
  private static String greeting(TcpConnection c) {
    try {
      return c.readLine();
    } catch (IOException e) {
      return null;
    }
  }

  @Test
  void limitsThatMakeNoSense_areRefused() throws Exception {
    EventLoop.run(
        () -> {
          try (TcpServer server = TcpServer.bind(ANY);
              TcpConnection c = TcpConnection.connect(server.localAddress())) {
            assertThrows(IllegalArgumentException.class, () -> server.limitPerPeer(0));
            assertEquals("negative limit: -1", refusal(() -> c.readLine(-1)));
            assertEquals("negative limit: -1", refusal(() -> c.readAll(-1)));
            assertEquals("negative length: -1", refusal(() -> c.readExactly(-1)));
            assertEquals("limit of connections: 0", refusal(() -> server.serve(0, d -> greet(d))));
          }
        });
  }

  @Coroutine
  private static String refusal(dev.coweave.CoroutineRunnable body) throws Exception {
    return IoTests.fails(IllegalArgumentException.class, body).getMessage();
  }
}
