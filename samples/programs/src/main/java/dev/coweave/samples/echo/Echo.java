package dev.coweave.samples.echo;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.sync.Semaphore;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** An echo server, and clients in a JVM of their own: all connected at once, each byte verified. */
public final class Echo {
  private static final int CLIENTS = 10_000;
  private static final int MESSAGE = 1_000;

  /**
   * How many clients begin at once: fewer than the server's queue holds. When that overflows, Linux answers with SYN cookies, and a late packet can leave
   * the server with a connection whose client has gone. A server on the internet bounds its reads with {@code Task.timeout}.
   */
  private static final int BEGINNERS = 500;

  private static int open;
  private static int most;
  private static long bytes;

  private Echo() {}

  // ---- the server

  /** A client's handler: gives back what comes, until the client has no more. */
  @Coroutine
  static void echo(TcpConnection client) throws IOException {
    most = Math.max(most, ++open);
    try {
      ByteBuffer buffer = ByteBuffer.allocate(MESSAGE);
      while (client.read(buffer) >= 0) {
        bytes += buffer.position();
        client.write(buffer.flip());
        buffer.clear();
      }
    } finally {
      open--;
    }
  }

  /**
   * Serves until its clients have ended.
   *
   * @param args empty; or the port and {@code client}, for the JVM that this one starts
   * @throws Exception when something goes wrong
   */
  @Coroutine
  public static void main(String[] args) throws Exception {
    if (args.length > 0) {
      talkToAll(Integer.parseInt(args[0]));
      return;
    }
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (TcpServer server = TcpServer.bind(any)) {
      Task<Void> serving = Task.start(() -> server.serve(2 * CLIENTS, client -> echo(client)));
      Process clients = startClients(server.localAddress().getPort());
      int status = Task.await(clients.onExit()).exitValue();
      server.close();
      Task.await(serving);
      System.out.println("clients ended with status " + status);
    }
    System.out.println("connections at once: " + most);
    System.out.println("bytes echoed: " + bytes);
    System.out.println("connections left: " + open);
  }

  // ---- the clients

  /** As this JVM was started: woven the same way. */
  private static Process startClients(int port) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("java.home") + File.separator + "bin" + File.separator + "java");
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(Echo.class.getName(), String.valueOf(port)));
    return new ProcessBuilder(command).inheritIO().start();
  }

  private static int answered;

  @Coroutine
  private static void talkToAll(int port) {
    InetSocketAddress server = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    Semaphore beginners = new Semaphore(BEGINNERS);
    try (TaskScope scope = TaskScope.open()) {
      for (int i = 0; i < CLIENTS; i++) {
        int seed = i;
        scope.fork(() -> talk(server, beginners, seed));
      }
      scope.join();
    }
  }

  /** One client: has its answer, and stays until all have theirs. */
  @Coroutine
  private static void talk(InetSocketAddress server, Semaphore beginners, int seed)
      throws IOException {
    beginners.acquire();
    try (TcpConnection connection = TcpConnection.connect(server)) {
      ask(connection, seed);
      beginners.release();
      answered++;
      while (answered < CLIENTS) {
        Task.sleep(Duration.ofMillis(10));
      }
    }
  }

  /** Sends a message, and compares what comes back. */
  @Coroutine
  private static void ask(TcpConnection connection, int seed) throws IOException {
    byte[] message = new byte[MESSAGE];
    new Random(seed).nextBytes(message);
    connection.write(message);
    if (!Arrays.equals(message, connection.readExactly(MESSAGE))) {
      throw new IOException("client " + seed + " got other bytes than it sent");
    }
  }
}
