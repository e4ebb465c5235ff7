package dev.coweave.semantics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Names that are looked up slowly: of a JVM whose file of hosts is a pipe, so that a lookup lasts until somebody writes it. */
@Timeout(300)
@DisabledOnOs(OS.WINDOWS)
class LookupsTest {
  @Test
  void aSlowLookup_holdsNoLoop_andEndsAtOnceWhenItIsCancelled(@TempDir Path directory)
      throws Exception {
    Path hosts = directory.resolve("hosts");
    Path out = directory.resolve("out");
    run(new ProcessBuilder("mkfifo", hosts.toString()));
    run(
        new ProcessBuilder(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Djdk.net.hosts.file=" + hosts,
                "-Dcoweave.maxDepth=" + System.getProperty("coweave.maxDepth", "256"),
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName(),
                hosts.toString())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile()));
    assertEquals(
        List.of("timed out", "the loop goes on", "connected"), Files.readAllLines(out, UTF_8));
  }

  private static void run(ProcessBuilder builder) throws IOException, InterruptedException {
    Process process = builder.start();
    if (!process.waitFor(5, TimeUnit.MINUTES)) {
      process.destroyForcibly();
    }
    assertEquals(0, process.waitFor());
  }

  /** Connects twice, of which the first is given up. */
  static final class Program {
    private static final Duration MOMENT = Duration.ofMillis(20);

    private Program() {}

    public static void main(String[] hosts) throws Exception {
      EventLoop.run(
          () -> {
            InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
            try (TcpServer server = TcpServer.bind(new InetSocketAddress(loopback, 0))) {
              int port = server.localAddress().getPort();
              try (TcpConnection c = Task.timeout(MOMENT, () -> connect(port))) {
                System.out.println("connected to " + c);
              } catch (TimeoutException e) {
                System.out.println("timed out");
              }
              Task<TcpConnection> connecting = Task.start(() -> connect(port));
              for (int i = 0; i < 100; i++) {
                Task.yield();
              }
              System.out.println(connecting.isDone() ? "done already" : "the loop goes on");
              // Read by the lookup that was given up, for whose answer the other waits.
              Task.blocking(() -> Files.writeString(Path.of(hosts[0]), "127.0.0.1 slow.example\n"));
              Task.await(connecting).close();
              System.out.println("connected");
            }
          });
    }

    @Coroutine
    private static TcpConnection connect(int port) throws IOException {
      return TcpConnection.connect("slow.example", port);
    }
  }
}
