package dev.coweave.junit;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.coweave.Coroutine;
import dev.coweave.io.Connection;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.io.TlsConnection;
import dev.coweave.junit.network.Node;
import dev.coweave.proof.loss.Injector;
import dev.coweave.proof.loss.Keys;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * TLS between two nodes of a simulated network, whose packets are late and lost: each step of a handshake waits. Nobody who was told of an error
 * may leave others waiting, and the server's places are free again. Time is virtual, so a wait without an end is found at once.
 */
public final class SimulatedWorkload implements BiFunction<String, Runnable[], String> {
  private static final int PORT = 443;
  private static final int PLACES = 2;
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Limits LIMITS =
      new Limits(TimeUnit.HOURS.toNanos(1), TimeUnit.MINUTES.toNanos(1));

  /** Somebody was told of an error. */
  private boolean told;

  /** The server has not ended. */
  private boolean serving;

  private String wrong = "";

  /**
   * Runs the scenario.
   *
   * @param name a word, a blank, the seed of the world
   * @param faults what to call before and after; a third if it is to run once before
   * @return what is wrong; empty for nothing
   */
  @Override
  public String apply(String name, Runnable[] faults) {
    long seed = Long.parseLong(name.substring(name.indexOf(' ') + 1));
    if (faults.length > 2) {
      String before = run(seed);
      if (!before.isEmpty()) {
        return "before: " + before;
      }
    }
    faults[0].run();
    try {
      return run(seed);
    } finally {
      faults[1].run();
    }
  }

  private String run(long seed) {
    told = false;
    serving = true;
    wrong = "";
    Run r = Run.of(sim -> sim.act("test", () -> test(sim)), seed, Schedule.of(seed), false, LIMITS);
    Throwable t = r.failure();
    return t == null || isForWantOfAClass(t) || !wrong.isEmpty() ? wrong : "failed: " + t;
  }

  /** A class that couldn't be initialised can't be used ever after (JVMS 5.5). */
  private static boolean isForWantOfAClass(Throwable t) {
    return t instanceof NoClassDefFoundError
        || Arrays.stream(t.getSuppressed()).anyMatch(SimulatedWorkload::isForWantOfAClass);
  }

  @Coroutine
  private void test(Simulation sim) {
    Node server = sim.node("server", () -> serve());
    Task.sleep(Duration.ofSeconds(1));
    sim.network().all().latency(Duration.ofMillis(5), Duration.ofMillis(20)).loss(0.1);
    Task<?>[] clients = new Task<?>[PLACES + 1];
    for (int i = 0; i < clients.length; i++) {
      String me = "client " + i;
      clients[i] = Task.start(() -> asks(me));
    }
    for (Task<?> t : clients) {
      end(t);
    }
    if (serving && wrong.isEmpty()) {
      servesAsMany();
    }
    server.kill();
  }

  /** A client's end: that of one that failed is good once somebody was told. */
  @Coroutine
  private void end(Task<?> client) {
    try {
      Task.timeout(LONG, () -> client.await());
    } catch (TimeoutException e) {
      wrong = "hangs" + (told ? ", told of an error: " : ": ") + client;
      client.cancel(false);
    } catch (Throwable t) {
      // The server's side may have failed, and has logged it.
      if (!(t instanceof IOException) && !isForWantOfAClass(t) && !Injector.isInjected(t)) {
        wrong = "a client failed: " + t;
      }
    }
  }

  /** Those of before may still be in a handshake, for ten seconds. */
  @Coroutine
  private void servesAsMany() {
    Task.sleep(Duration.ofMinutes(1));
    Task<?>[] clients = new Task<?>[PLACES];
    for (int i = 0; i < clients.length; i++) {
      String me = "later client " + i;
      clients[i] = Task.start(() -> asks(me));
    }
    for (Task<?> t : clients) {
      try {
        Task.timeout(LONG, () -> t.await());
      } catch (Throwable e) {
        if (serving) { // else it was told of the error meanwhile
          wrong = "the server has lost a place: " + e;
        }
        t.cancel(false);
      }
    }
  }

  // ---- the server

  @Coroutine
  private void serve() throws IOException {
    try (TcpServer tcp = TcpServer.bind(new InetSocketAddress(PORT))) {
      tcp.limitPerPeer(PLACES + 1).serve(PLACES, Keys.CONTEXT, c -> echo(c));
    } catch (VirtualMachineError e) {
      told = true; // and the server is closed
    } finally {
      serving = false;
    }
  }

  @Coroutine
  private void echo(Connection c) throws IOException {
    try {
      for (String line; (line = c.readLine()) != null; ) {
        c.write((line + "\n").getBytes(UTF_8));
      }
    } catch (Throwable t) {
      told = true; // It is logged.
      throw t;
    }
  }

  // ---- clients

  @Coroutine
  private void asks(String me) throws IOException {
    try (TcpConnection transport = TcpConnection.connect("server", PORT);
        TlsConnection c = transport.startTls("localhost", Keys.CONTEXT)) {
      try (TaskScope scope = TaskScope.open()) {
        Task<Void> writing = scope.fork(() -> writes(c, me));
        var unused = writing.whenComplete((v, failure) -> closeIf(failure, c));
        reads(c, me);
        scope.join();
      }
      c.shutdownOutput();
    } catch (VirtualMachineError e) {
      told = true;
      throw e;
    }
  }

  /** Else the other would read for ever. */
  private void closeIf(@Nullable Throwable failure, Connection c) {
    if (failure != null) {
      told = true;
      try {
        c.close();
      } catch (IOException e) {
        // It is closed.
      }
    }
  }

  @Coroutine
  private static void writes(Connection c, String me) throws IOException {
    c.write((me + ", first\n").getBytes(UTF_8));
    Task.yield();
    c.write((me + ", second\n").getBytes(UTF_8));
  }

  @Coroutine
  private void reads(Connection c, String me) throws IOException {
    for (String which : new String[] {"first", "second"}) {
      String line = c.readLine();
      if (line == null) {
        throw new IOException("the server has ended the connection");
      }
      if (!line.equals(me + ", " + which)) {
        wrong = "the " + which + " line of " + me + " is: " + line;
      }
    }
  }
}
