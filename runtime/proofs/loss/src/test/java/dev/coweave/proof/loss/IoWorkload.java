package dev.coweave.proof.loss;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.coweave.Coroutine;
import dev.coweave.io.Connection;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.TlsConnection;
import dev.coweave.io.UdpSocket;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Sockets of the operating system: whoever was not told goes on, and who was closes what it has. Then nobody waits for ever, for a connection
 * that fails ends on both sides, and each place of the server's is free again.
 */
public final class IoWorkload extends Workload {
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  /** How many connections the server has at most, and one peer. */
  private static final int PLACES = 2;

  private static final int TRIES = 3;

  /** What is open, and whose it is: who owns something closes it, or is known to have ended without. */
  private final Map<AutoCloseable, Integer> opened = new ConcurrentHashMap<>();

  /** Connections of the server's that are being handled. */
  private final Set<Connection> handled = ConcurrentHashMap.newKeySet();

  private TcpServer server;

  /** A server that only listens; null if there is none. */
  private ServerSocket listener;

  private boolean tls;

  /** Bytes that nobody has sent, or sent there. */
  private volatile String mixedUp = "";

  @Override
  void run(String scenario) {
    opened.clear();
    handled.clear();
    server = null;
    serving = null;
    tls = scenario.equals("tls");
    try {
      switch (scenario) {
        case "serve", "tls" -> serves();
        case "connection" -> connects();
        case "close" -> closes();
        case "udp" -> sendsDatagrams();
        case "open" -> opens();
        default -> throw new IllegalArgumentException(scenario);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  boolean mayLeaveOthers() {
    return false;
  }

  /** A task that the runtime itself has ended, for want of memory, closes nothing: whoever learns of that does. */
  @Override
  void told() {
    if (serving == null) {
      closeAll();
    } else {
      opened.forEach(
          (c, owner) -> {
            if (owner >= 0 && (owner >= tasks.size() || tasks.get(owner).isDone())) {
              close(c);
            }
          });
      if (serving.isDone()) {
        close(server);
      }
    }
  }

  @Override
  String end() throws Exception {
    if (!mixedUp.isEmpty()) {
      return mixedUp;
    }
    String wrong = serving == null || serving.isDone() ? "" : servesAsMany();
    closeAll();
    if (listener != null) {
      return allEnd();
    }
    if (serving != null) {
      for (int i = 0; i < 100 && !serving.isDone(); i++) {
        endHandlers();
        LockSupport.parkNanos(SHORT.toNanos());
      }
      try {
        await(serving, "the server, which is closed,");
      } catch (java.util.concurrent.ExecutionException e) {
        // A class that couldn't be initialised can't be used ever after (JVMS 5.5).
        if (!(e.getCause() instanceof VirtualMachineError)
            && !(e.getCause() instanceof NoClassDefFoundError)) {
          return "the server failed: " + e.getCause();
        }
      }
    }
    return wrong;
  }

  // ---- a server and its clients

  private void serves() throws IOException {
    server = TcpServer.bind(ANY).limitPerPeer(PLACES);
    opened.put(server, -1);
    InetSocketAddress at = server.localAddress();
    serving = start(() -> serve(server));
    for (int i = 0; i < PLACES + 1; i++) {
      int me = i;
      begin(() -> asks(at, me));
    }
  }

  @Coroutine
  private void serve(TcpServer server) {
    try {
      if (tls) {
        server.serve(PLACES, Keys.CONTEXT, c -> echo(c));
      } else {
        server.serve(PLACES, c -> echo(c));
      }
    } catch (Throwable t) {
      told.set(true);
      throw t;
    } finally {
      close(server);
    }
  }

  @Coroutine
  private void echo(Connection c) throws IOException {
    handled.add(c);
    try {
      for (String line; (line = c.readLine()) != null; ) {
        c.write((line + "\n").getBytes(UTF_8));
      }
    } catch (Throwable t) {
      told.set(true); // It is logged.
      throw t;
    } finally {
      handled.remove(c);
    }
  }

  @Coroutine
  private void asks(InetSocketAddress at, int me) throws IOException {
    String name = "client " + me;
    TcpConnection c = TcpConnection.connect(at);
    opened.put(c, me);
    try {
      if (tls) {
        asksWithTls(c, name);
      } else {
        writes(c, name);
        reads(c, name);
      }
    } finally {
      close(c);
    }
  }

  /** One reads while the other writes, each of which may have to do the other's. */
  @Coroutine
  private void asksWithTls(TcpConnection transport, String name) throws IOException {
    Connection c = transport.startTls("localhost", Keys.CONTEXT);
    try (TaskScope scope = TaskScope.open()) {
      Task<Void> writing = scope.fork(() -> writesOrCloses(c, name));
      var unused =
          writing.whenComplete(
              (v, failure) -> {
                if (failure != null) { // The runtime itself may have ended it.
                  told.set(true);
                  close(c);
                }
              });
      reads(c, name);
      scope.join();
    } finally {
      close(c);
    }
  }

  @Coroutine
  private void writesOrCloses(Connection c, String name) throws IOException {
    try {
      writes(c, name);
    } catch (Throwable t) {
      told.set(true);
      close(c); // Else the other reads for ever.
      throw t;
    }
  }

  @Coroutine
  private static void writes(Connection c, String name) throws IOException {
    c.write((name + ", first\n").getBytes(UTF_8));
    Task.yield();
    c.write((name + ", second\n").getBytes(UTF_8));
  }

  @Coroutine
  private void reads(Connection c, String name) throws IOException {
    for (String which : new String[] {"first", "second"}) {
      String line;
      boolean failed = false;
      try {
        line = c.readLine();
      } catch (VirtualMachineError e) {
        told.set(true);
        failed = true;
        line = nextLine(c);
      }
      if (line == null) {
        throw new IOException("the server has ended the connection");
      }
      if (failed && line.equals(name + ", second")) {
        return;
      }
      if (!line.equals(name + ", " + which)) {
        mixedUp = "the " + which + " line of " + name + " is: " + line;
      }
    }
  }

  /** A read that failed has taken a whole line or nothing. */
  @Coroutine
  private static String nextLine(Connection c) throws IOException {
    try {
      return Task.timeout(Duration.ofMillis(50), () -> c.readLine());
    } catch (TimeoutException e) {
      throw new IOException("the last line was taken by the read that failed", e);
    }
  }

  /** Whether there are as many connections at once as there were. Those of before may still be ending. */
  private String servesAsMany() {
    String last = "";
    // A client that has ended in a handshake has ten seconds for it.
    long end = System.nanoTime() + LONGEST.toNanos() * (tls ? 5 : 1);
    while (System.nanoTime() < end && !serving.isDone()) {
      endHandlers();
      try (Socket one = socket();
          Socket another = socket()) {
        ask(one);
        ask(another);
        return "";
      } catch (IOException e) {
        last = "the server has lost a place: " + e;
      }
      LockSupport.parkNanos(SHORT.toNanos());
    }
    return serving.isDone() ? "" : last;
  }

  /** Once somebody was told: then a client may have ended without closing its connection. */
  private void endHandlers() {
    if (told.get()) {
      handled.forEach(this::close);
    }
  }

  private Socket socket() throws IOException {
    InetSocketAddress at = server.localAddress();
    Socket s =
        tls
            ? Keys.CONTEXT.getSocketFactory().createSocket(at.getAddress(), at.getPort())
            : new Socket(at.getAddress(), at.getPort());
    s.setSoTimeout(500);
    return s;
  }

  private static void ask(Socket s) throws IOException {
    s.getOutputStream().write("ask\n".getBytes(UTF_8));
    String line = new BufferedReader(new InputStreamReader(s.getInputStream(), UTF_8)).readLine();
    if (!"ask".equals(line)) {
      throw new SocketException("answered: " + line);
    }
  }

  // ---- connections without a server's help

  /** Accepts one itself, and waits on both sides: for room to write, for a whole message, for the end; some waits time out. */
  private void connects() throws IOException {
    server = TcpServer.bind(ANY);
    opened.put(server, -1);
    InetSocketAddress at = server.localAddress();
    byte[] much = new byte[300_007];
    begin(
        () -> {
          try {
            TcpConnection c = TcpConnection.connect(at);
            keep(c);
            try {
              Task.timeout(Duration.ofMillis(1), () -> c.readLine());
            } catch (TimeoutException e) {
              c.write(much);
              c.shutdownOutput();
              checkEnd(c.readAll(1000).length, much.length % 1000);
            }
            c.close();
          } catch (Throwable t) {
            told.set(true); // before the other sees the end
            closeAll();
            throw t;
          }
        });
    begin(
        () -> {
          try {
            TcpConnection c = server.accept();
            keep(c);
            int n = c.readExactly(much.length).length;
            checkEnd(c.read(ByteBuffer.allocate(10)), -1);
            c.write(new byte[n % 1000]);
            c.close();
          } catch (Throwable t) {
            told.set(true); // before the other sees the end
            closeAll();
            throw t;
          }
        });
  }

  // ---- connections that are being made

  /** Whoever opens a connection has it or not: then nobody has, and the other side sees its end. With TLS the other side never answers. */
  private void opens() throws IOException {
    listener = new ServerSocket(0, 0, ANY.getAddress());
    SocketAddress at = listener.getLocalSocketAddress();
    int port = listener.getLocalPort();
    for (int i = 0; i < PLACES; i++) {
      begin(
          () -> {
            TcpConnection c = TcpConnection.connect(at);
            keep(c);
            close(c);
          });
    }
    begin(
        () -> {
          try {
            Task.timeout(
                Duration.ofMillis(2),
                () -> keep(TlsConnection.connect("localhost", port, Keys.CONTEXT)));
          } catch (TimeoutException e) {
            Task.yield();
          }
        });
  }

  /** What was opened was closed too: each connection that has been made ends. */
  private String allEnd() throws IOException {
    ServerSocket l = listener;
    listener = null;
    try (l) {
      l.setSoTimeout(1);
      while (true) {
        try (Socket s = l.accept()) {
          s.setSoTimeout((int) LONGEST.toMillis());
          while (s.getInputStream().read() >= 0) {}
        } catch (SocketException e) {
          // It was reset: that is an end.
        }
      }
    } catch (SocketTimeoutException e) {
      return e.getMessage().startsWith("Accept") ? "" : "a connection is left open";
    }
  }

  private void checkEnd(int is, int was) {
    if (is != was && !told.get()) {
      mixedUp = is + " bytes, not " + was;
    }
  }

  /** Who waits for what is closed learns it. */
  private void closes() throws IOException {
    server = TcpServer.bind(ANY);
    opened.put(server, -1);
    InetSocketAddress at = server.localAddress();
    begin(
        () -> {
          try (TcpConnection c = TcpConnection.connect(at)) {
            keep(c);
            Task<Void> reading = Task.start(() -> readsClosed(c));
            Task<Void> accepting = Task.start(() -> acceptsClosed());
            Task.sleep(Duration.ofMillis(1));
            close(c);
            Task.sleep(Duration.ofMillis(1));
            close(server);
            reading.await();
            accepting.await();
          } catch (Throwable t) {
            told.set(true); // before the other sees the end
            closeAll();
            throw t;
          }
        });
  }

  @Coroutine
  private static void readsClosed(TcpConnection c) throws IOException {
    try {
      c.readLine();
    } catch (java.nio.channels.ClosedChannelException e) {
      Task.yield();
    }
  }

  @Coroutine
  private void acceptsClosed() throws IOException {
    try {
      while (true) {
        keep(server.accept());
      }
    } catch (java.nio.channels.ClosedChannelException e) {
      Task.yield();
    }
  }

  private void sendsDatagrams() throws IOException {
    UdpSocket one = UdpSocket.bind(ANY);
    opened.put(one, -1);
    UdpSocket other = UdpSocket.bind(ANY);
    opened.put(other, -1);
    SocketAddress to = other.localAddress();
    begin(
        () -> {
          try {
            for (byte i = 0; i < 3; i++) {
              one.send(ByteBuffer.wrap(new byte[] {i}), to);
              ByteBuffer answer = ByteBuffer.allocate(2);
              one.receive(answer);
              checkEnd(answer.get(0), i);
            }
          } finally {
            closeAll();
          }
        });
    begin(
        () -> {
          ByteBuffer b = ByteBuffer.allocate(2);
          try {
            while (true) {
              SocketAddress from = other.receive(b.clear());
              other.send(b.flip(), from);
            }
          } catch (java.nio.channels.ClosedChannelException e) {
            Task.yield();
          } catch (Throwable t) {
            told.set(true); // before the other sees the end
            closeAll();
            throw t;
          }
        });
  }

  // ---- who is told closes

  private void keep(Connection c) {
    opened.put(c, -1);
  }

  private void closeAll() {
    opened.keySet().forEach(this::close);
  }

  /** Closing may fail too, and is done again then. */
  private void close(AutoCloseable c) {
    for (int i = 0; i < TRIES; i++) {
      try {
        c.close();
        return;
      } catch (VirtualMachineError e) {
        told.set(true);
      } catch (Exception e) {
        return;
      }
    }
  }
}
