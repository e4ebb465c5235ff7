package dev.coweave.soak;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeoutException;

/** Gives back what comes, and does to a connection what its plan says. */
final class Server implements AutoCloseable {
  static final Duration STALL = Duration.ofMillis(100);

  /** After this a connection hangs. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int BUFFER = 16_384;

  private final long runSeed;
  private final Duration patience;
  private final Saboteur saboteur;
  private final Ledger ledger;
  private final TcpServer server;

  /**
   * Listens.
   *
   * @param patience how long it waits for a client to say who it is
   */
  Server(long runSeed, Duration patience, Saboteur saboteur, Ledger ledger) throws IOException {
    this.runSeed = runSeed;
    this.patience = patience;
    this.saboteur = saboteur;
    this.ledger = ledger;
    this.server = TcpServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  SocketAddress address() throws IOException {
    return server.localAddress();
  }

  /** Until it is closed. */
  @Coroutine
  void serve(int limit) {
    server.serve(limit, connection -> handle(connection));
  }

  @Override
  public void close() throws IOException {
    server.close();
  }

  @Coroutine
  private void handle(TcpConnection connection) {
    Plan plan;
    try {
      plan = plan(connection);
    } catch (IOException | TimeoutException e) {
      ledger.anonymous();
      return;
    }
    Handler handler = new Handler(plan, connection);
    Outcome outcome = Outcome.WELL;
    Throwable failure = null;
    try {
      handler.echo();
    } catch (Throwable t) {
      failure = t;
      outcome = Outcome.of(t);
    }
    ledger.server(new Ledger.Side(plan, outcome, handler.sent, handler.received, failure));
  }

  @Coroutine
  private Plan plan(TcpConnection connection) throws IOException, TimeoutException {
    byte[] header = Task.timeout(patience, () -> connection.readExactly(Plan.HEADER));
    return Plan.of(runSeed, ByteBuffer.wrap(header).getInt());
  }

  private final class Handler {
    private final Plan plan;
    private final TcpConnection connection;
    private int sent;
    private int received;

    Handler(Plan plan, TcpConnection connection) {
      this.plan = plan;
      this.connection = connection;
    }

    @Coroutine
    void echo() throws Exception {
      prepare();
      SplittableRandom random = plan.random(4);
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
      while (Task.timeout(patience(), () -> connection.read(buffer)) >= 0) {
        received += plan.verify(received, buffer.flip().duplicate());
        if (plan.fault() == Fault.SLOW_SERVER) {
          Task.sleep(Duration.ofNanos(random.nextInt(2_000_000)));
        }
        if (strikes()) {
          return;
        }
        write(buffer);
        buffer.clear();
      }
    }

    private Duration patience() {
      return plan.fault() == Fault.CLIENT_STALLS ? STALL : PATIENCE;
    }

    @Coroutine
    private void prepare() throws Exception {
      switch (plan.fault()) {
        case SERVER_CANCELLED -> {
          Task<?> me = Task.current();
          saboteur.strike(plan.random(1), () -> me.cancel(false));
        }
        case SLOW_CLIENT_READS ->
            connection.channel().setOption(StandardSocketOptions.SO_SNDBUF, Client.SMALL_BUFFER);
        case SERVER_CLOSED -> saboteur.strike(plan.random(1), connection::close);
        case WRITE_CANCELLED -> Task.sleep(Duration.ofNanos(plan.random(5).nextInt(5_000_000)));
        default -> {}
      }
    }

    /** Whether the connection is at the place where its fault is; then that is done, and all that follows. */
    @Coroutine
    private boolean strikes() throws Exception {
      if (received <= plan.at()) {
        return false;
      }
      switch (plan.fault()) {
        case SERVER_RESETS -> {
          connection.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
          connection.close();
        }
        case SERVER_ENDS_EARLY -> {
          write(plan.bytes(sent, plan.at() - sent));
          connection.shutdownOutput();
          drain();
        }
        case SERVER_STALLS -> Task.sleep(STALL);
        default -> {
          return false;
        }
      }
      return true;
    }

    @Coroutine
    private void drain() throws IOException {
      ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
      while (connection.read(buffer) >= 0) {
        received += plan.verify(received, buffer.flip());
        buffer.clear();
      }
    }

    /** What went out counts even if it fails. */
    @Coroutine
    private void write(ByteBuffer bytes) throws IOException {
      int before = bytes.position();
      try {
        connection.write(bytes);
      } finally {
        sent += bytes.position() - before;
      }
    }
  }
}
