package dev.coweave.soak;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.management.JMException;

/**
 * Echo under faults: a server on one loop, clients on another and on a pool, and a thread that cancels and closes. Goes on in rounds; between them all
 * comes to rest, and what is left is counted.
 */
final class EchoSoak implements AutoCloseable {
  private static final int WORKERS = 48;
  private static final int LIMIT = 40;

  /** How long what has been asked to end may take. */
  private static final long PATIENCE_SECONDS = 60;

  /** After so many rounds nothing new comes into being. */
  private static final int WARM_UP = 3;

  /** By how many bytes the heap may seem to grow, for it is never quite the same. */
  private static final int MOST_GROWTH = 1 << 20;

  private final long seed;
  private final PrintStream out;
  private final Ledger ledger = new Ledger();
  private final Saboteur saboteur = new Saboteur(ledger);
  private final AtomicInteger numbers = new AtomicInteger();
  private final EventLoop serverLoop = EventLoop.open("server");
  private final EventLoop clientLoop = EventLoop.open("clients");
  private final ExecutorService pool = Executors.newFixedThreadPool(2);
  private final List<Rest> rests = new ArrayList<>();

  /** What there was after the first rounds. */
  private Map<String, Long> objects = Map.of();

  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<Task<?>> serving = new ArrayList<>();
  private final Client.Addresses addresses;

  private EchoSoak(long seed, PrintStream out) throws Exception {
    this.seed = seed;
    this.out = out;
    this.addresses =
        new Client.Addresses(server(Server.PATIENCE), server(Server.STALL), nobody(), full());
  }

  /**
   * Runs.
   *
   * @param time how long; a little more
   * @param round how long until all comes to rest
   * @param seed decides what happens to each connection
   * @return what was wrong; empty if nothing
   */
  static List<String> run(Duration time, Duration round, long seed, PrintStream out)
      throws Exception {
    Ledger ledger;
    try (EchoSoak soak = new EchoSoak(seed, out);
        Reports reports = new Reports(soak.ledger)) {
      ledger = soak.ledger;
      long end = System.nanoTime() + time.toNanos();
      while (System.nanoTime() < end) {
        soak.round(Math.min(end, System.nanoTime() + round.toNanos()));
      }
      soak.judge();
    }
    out.println(ledger.table());
    ledger.wrongs().forEach(out::println);
    return ledger.wrongs();
  }

  // ---- who is connected to

  private SocketAddress server(Duration patience) throws IOException {
    Server server = new Server(seed, patience, saboteur, ledger);
    open.add(server);
    serving.add(serverLoop.start(() -> server.serve(LIMIT)));
    return server.address();
  }

  private static SocketAddress nobody() throws IOException {
    try (ServerSocketChannel bound = ServerSocketChannel.open()) {
      return bound
          .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .getLocalAddress();
    }
  }

  /** Listens, accepts nobody, and has no room for another. */
  private SocketAddress full() throws IOException, InterruptedException {
    ServerSocketChannel server = ServerSocketChannel.open();
    open.add(server);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    SocketChannel filling;
    do {
      filling = SocketChannel.open();
      open.add(filling);
      filling.configureBlocking(false);
      filling.connect(server.getLocalAddress());
      Thread.sleep(50);
    } while (filling.finishConnect());
    return server.getLocalAddress();
  }

  // ---- rounds

  private void round(long end) throws Exception {
    List<Task<?>> workers = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      workers.add(
          i % 4 == 0 ? Task.start(pool, () -> work(end)) : clientLoop.start(() -> work(end)));
    }
    for (Task<?> worker : workers) {
      worker.get(2 * PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
    rest();
  }

  /** One connection after the other. */
  @Coroutine
  private void work(long end) {
    while (System.nanoTime() < end) {
      Plan plan = Plan.of(seed, numbers.incrementAndGet());
      Client client = new Client(plan, addresses, saboteur, ledger);
      Task<Void> talking =
          Task.start(() -> client.talk()); // a task of its own: it may be cancelled
      try {
        Task.await(talking);
      } catch (CancellationException e) {
        ledger.wrong(plan + ": cancelled, though it returned", e);
      }
    }
  }

  /** Waits until nothing goes on, and looks at what is left. */
  private void rest() throws Exception {
    long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    List<Task<?>> tasks = tasks();
    while (tasks.size() > serving.size() || !saboteur.isIdle()) {
      if (System.nanoTime() > patience) {
        ledger.wrong("tasks that don't end: " + tasks, null);
        break;
      }
      Thread.sleep(10);
      tasks = tasks();
    }
    ledger.settle();
    // What one thread closes, another's selector lets go of a little later.
    while (rests.size() >= WARM_UP
        && Rest.openFiles() > first().files()
        && System.nanoTime() < patience) {
      Thread.sleep(10);
    }
    Rest rest = Rest.now(ledger.connections());
    rests.add(rest);
    if (rests.size() <= WARM_UP) {
      objects = Rest.objects();
    }
    print(
        "%,9d connections, %,8d MB verified, heap %,7d KB, %d files, %d threads",
        rest.connections(), ledger.bytes() >> 20, rest.heap() >> 10, rest.files(), rest.threads());
  }

  /** The tasks of both loops. */
  private List<Task<?>> tasks() throws Exception {
    List<Task<?>> all = new ArrayList<>();
    for (EventLoop loop : List.of(serverLoop, clientLoop)) {
      all.addAll(loop.submit(() -> Task.all()).get(PATIENCE_SECONDS, TimeUnit.SECONDS));
    }
    return all;
  }

  /** From this one on nothing may become more. */
  private Rest first() {
    return rests.get(Math.min(WARM_UP, rests.size()) - 1);
  }

  private void judge() throws JMException {
    Rest first = first();
    Rest last = rests.get(rests.size() - 1);
    Map<String, Long> more = Rest.more(objects, Rest.objects());
    if (!more.isEmpty() || last.files() > first.files() || last.threads() > first.threads()) {
      ledger.wrong("left behind: " + more + " of " + first + ", " + last, null);
    }
    double slope = Rest.slope(rests.subList(rests.size() / 3, rests.size()));
    print("the heap grows by %.2f bytes a connection", slope);
    if (slope * last.connections() > MOST_GROWTH) {
      ledger.wrong("the heap grows", null);
    }
  }

  private void print(String format, Object... values) {
    out.println(String.format(Locale.ROOT, format, values));
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable closeable : open) {
      closeable.close();
    }
    for (Task<?> task : serving) {
      try {
        task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      } catch (ExecutionException e) {
        ledger.wrong("serving failed", e);
      }
    }
    serverLoop.close();
    clientLoop.close();
    pool.shutdown();
    saboteur.close();
  }
}
