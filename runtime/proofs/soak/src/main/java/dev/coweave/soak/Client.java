package dev.coweave.soak;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;

/** One connection at its client's side. */
final class Client {
  /** After this a connection hangs. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int LARGEST_CHUNK = 30_000;
  static final int SMALL_BUFFER = 4096;

  private final Plan plan;
  private final Addresses addresses;
  private final Saboteur saboteur;
  private final Ledger ledger;
  private int sent;
  private int received;

  /** This side has ended it. */
  private boolean left;

  /** Whom clients may connect to: who serves, who serves but doesn't wait for long, who doesn't listen, and whose queue is full. */
  record Addresses(
      SocketAddress patient, SocketAddress impatient, SocketAddress nobody, SocketAddress full) {}

  Client(Plan plan, Addresses addresses, Saboteur saboteur, Ledger ledger) {
    this.plan = plan;
    this.addresses = addresses;
    this.saboteur = saboteur;
    this.ledger = ledger;
  }

  /** From its connecting to its end, whatever that is. */
  @Coroutine
  void talk() {
    Outcome outcome;
    Throwable failure = null;
    try {
      outcome = Task.timeout(patience(), () -> attempt());
    } catch (Throwable t) {
      failure = t;
      outcome = Outcome.of(t);
    }
    ledger.client(new Ledger.Side(plan, outcome, sent, received, failure));
  }

  private Duration patience() {
    return switch (plan.fault()) {
      case SERVER_STALLS -> Duration.ofMillis(50);
      case CONNECT_TIMES_OUT -> Duration.ofMillis(1 + plan.at() % 10);
      default -> PATIENCE;
    };
  }

  @Coroutine
  private Outcome attempt() throws Exception {
    switch (plan.fault()) {
      case CLIENT_CANCELLED, CONNECT_CANCELLED -> {
        Task<?> me = Task.current();
        saboteur.strike(plan.random(1), () -> me.cancel(false));
      }
      default -> {}
    }
    try (TcpConnection connection = TcpConnection.connect(address())) {
      prepare(connection);
      if (plan.fault() == Fault.CLIENT_MUTE) {
        connection.write(ByteBuffer.allocate(plan.at() % Plan.HEADER)); // not all of its number
        read(connection);
        return Outcome.SHORT;
      }
      if (plan.fault() == Fault.WRITE_CANCELLED) {
        return writeCancelled(connection);
      }
      return sendAndReceive(connection);
    }
  }

  private SocketAddress address() {
    return switch (plan.fault()) {
      case REFUSED_CONNECT -> addresses.nobody;
      case CONNECT_TIMES_OUT, CONNECT_CANCELLED -> addresses.full;
      case CLIENT_MUTE -> addresses.impatient;
      default -> addresses.patient;
    };
  }

  private void prepare(TcpConnection connection) throws IOException {
    switch (plan.fault()) {
      case WRITE_CANCELLED ->
          connection.channel().setOption(StandardSocketOptions.SO_SNDBUF, SMALL_BUFFER);
      case CLIENT_CLOSED -> saboteur.strike(plan.random(1), connection::close);
      default -> {}
    }
  }

  @Coroutine
  private Outcome sendAndReceive(TcpConnection connection) throws Exception {
    try (TaskScope scope = TaskScope.open()) {
      scope.fork(() -> write(connection));
      if (plan.fault() == Fault.READS_CANCELLED) {
        readByManyTasks(connection);
      } else {
        read(connection);
      }
      if (left) {
        return Outcome.CLOSED;
      }
      scope.join();
    }
    return received == plan.length() ? Outcome.WELL : Outcome.SHORT;
  }

  // ---- writing

  @Coroutine
  private void write(TcpConnection connection) throws IOException {
    SplittableRandom random = plan.random(2);
    connection.write(header());
    int end = plan.fault() == Fault.CLIENT_STALLS ? plan.at() : plan.length();
    while (sent < end) {
      write(connection, Math.min(1 + random.nextInt(LARGEST_CHUNK), end - sent));
      if (plan.fault() == Fault.SLOW_CLIENT_WRITES || plan.fault() == Fault.READS_TIME_OUT) {
        Task.sleep(Duration.ofNanos(random.nextInt(2_000_000)));
      } else if (random.nextInt(4) == 0) {
        Task.yield();
      }
    }
    if (end == plan.length()) {
      connection.shutdownOutput();
    }
  }

  private ByteBuffer header() {
    return ByteBuffer.allocate(Plan.HEADER).putInt(plan.number()).flip();
  }

  /** Writes what comes next; what went out counts even if it fails. */
  @Coroutine
  private void write(TcpConnection connection, int length) throws IOException {
    ByteBuffer chunk = plan.bytes(sent, length);
    try {
      connection.write(chunk);
    } finally {
      sent += chunk.position();
    }
  }

  @Coroutine
  private Outcome writeCancelled(TcpConnection connection) throws Exception {
    connection.write(header());
    Task<Void> writing = Task.start(() -> write(connection, plan.length()));
    saboteur.strike(plan.random(1), () -> writing.cancel(false));
    try {
      Task.await(writing);
      connection.shutdownOutput();
      read(connection);
      return Outcome.WELL;
    } catch (CancellationException e) {
      expectTorn(connection, sent > 0);
      return Outcome.CANCELLED;
    }
  }

  /** After a write that was cancelled half way the next one fails; after one that was cancelled before its first byte it doesn't. */
  @Coroutine
  private void expectTorn(TcpConnection connection, boolean torn) throws IOException {
    try {
      write(connection, 1);
    } catch (IOException e) {
      if (torn) {
        return;
      }
      throw e;
    }
    if (torn) {
      throw new AssertionError("a write followed one that was cancelled half way");
    }
  }

  // ---- reading

  /** Reads until the stream ends, or this side leaves. */
  @Coroutine
  private void read(TcpConnection connection) throws IOException {
    SplittableRandom random = plan.random(3);
    boolean more = true;
    while (more) {
      if (leaves()) {
        leave(connection);
        return;
      }
      if (plan.fault() == Fault.SLOW_CLIENT_READS) {
        Task.sleep(Duration.ofNanos(random.nextInt(3_000_000)));
      }
      try {
        more =
            plan.fault() == Fault.READS_TIME_OUT
                ? Task.timeout(
                    Duration.ofNanos(random.nextInt(1_500_000)), () -> readSome(connection, random))
                : readSome(connection, random);
      } catch (TimeoutException e) {
        continue; // has taken nothing
      }
    }
  }

  /** Cancelled again and again, from another thread; what one has not read the next does. */
  @Coroutine
  private void readByManyTasks(TcpConnection connection) {
    SplittableRandom random = plan.random(3);
    boolean ended = false;
    while (!ended) {
      Task<Void> reading = Task.start(() -> read(connection));
      saboteur.strike(random, () -> reading.cancel(false));
      try {
        Task.await(reading);
        ended = true;
      } catch (CancellationException e) {
        continue;
      }
    }
  }

  /** Reads once, in one of the ways there are; false at the end. */
  @Coroutine
  private boolean readSome(TcpConnection connection, SplittableRandom random) throws IOException {
    int most = 1 + random.nextInt(LARGEST_CHUNK);
    int missing = plan.length() - received;
    if (plan.fault().allows(Outcome.WELL)
        && !plan.fault().allows(Outcome.SHORT)
        && missing > 0
        && random.nextInt(3) == 0) {
      received +=
          plan.verify(received, ByteBuffer.wrap(connection.readExactly(Math.min(most, missing))));
      return true;
    }
    ByteBuffer buffer = ByteBuffer.allocate(most);
    boolean more = connection.read(buffer) >= 0;
    received += plan.verify(received, buffer.flip());
    return more;
  }

  private boolean leaves() {
    return switch (plan.fault()) {
      case CLIENT_RESETS -> received >= plan.at();
      case CLIENT_LEAVES -> sent >= plan.at();
      default -> false;
    };
  }

  private void leave(TcpConnection connection) throws IOException {
    left = true;
    if (plan.fault() == Fault.CLIENT_RESETS) {
      connection.channel().setOption(StandardSocketOptions.SO_LINGER, 0);
    }
    connection.close();
  }
}
