package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A loop that is never idle looks at its timers, its channels and other threads all the same. Counted in turns, for no clock is fair to a busy machine. */
@Timeout(300)
class BusyLoopsTest {
  private static final long MILLISECOND = 1_000_000;

  /** Computes a millisecond in each turn, and counts the turns that end when something was due already. */
  private static final class Busy {
    private boolean ended;
    private long due = Long.MAX_VALUE;
    private int late;

    @Coroutine
    void compute() {
      while (!ended) {
        long end = System.nanoTime() + MILLISECOND;
        while (System.nanoTime() < end) {
          Thread.onSpinWait();
        }
        if (due != Long.MAX_VALUE && System.nanoTime() - due >= 0) {
          late++;
        }
        Task.yield();
      }
    }
  }

  /** A loop that counted its cycles was late by 14 to 16 turns. */
  private static final int FEW = 4;

  /** Most are late by the turn in which they became due, the one before theirs, and what a kernel takes to hand a byte on. */
  private static void hasFewTurns(int[] late) {
    int most = (int) java.util.Arrays.stream(late).filter(n -> n <= FEW).count();
    assertTrue(most >= late.length * 3 / 4, java.util.Arrays.toString(late));
  }

  @Test
  void aSleep_isLateByFewTurnsOfATaskThatComputes() throws Exception {
    int[] late = new int[40];
    EventLoop.run(
        () -> {
          Busy busy = new Busy();
          Task.start(() -> busy.compute());
          for (int i = 0; i < late.length; i++) {
            busy.late = 0;
            busy.due = System.nanoTime() + 3 * MILLISECOND;
            Task.sleep(Duration.ofMillis(3));
            late[i] = busy.late;
          }
          busy.ended = true;
        });
    hasFewTurns(late);
  }

  /** Not only when each of many has had its turn. */
  @Test
  void aScheduledJob_isLateByFewTurnsOfManyTasksThatCompute() throws Exception {
    int[] late = new int[20];
    EventLoop.run(
        () -> {
          Busy busy = new Busy();
          for (int i = 0; i < 30; i++) {
            Task.start(() -> busy.compute());
          }
          for (int i = 0; i < late.length; i++) {
            int n = i;
            CompletableFuture<Void> done = new CompletableFuture<>();
            busy.late = 0;
            busy.due = System.nanoTime() + 3 * MILLISECOND;
            EventLoop.current()
                .schedule(
                    () -> {
                      late[n] = busy.late;
                      done.complete(null);
                    },
                    3,
                    TimeUnit.MILLISECONDS);
            Task.await(done);
          }
          busy.ended = true;
        });
    hasFewTurns(late);
  }

  @Test
  void whatAPeerSends_waitsForFewTurnsOfATaskThatComputes() throws Exception {
    int[] late = new int[40];
    EventLoop.run(
        () -> {
          Busy busy = new Busy();
          try (TcpServer server = server();
              TcpConnection a = TcpConnection.connect(server.localAddress());
              TcpConnection b = server.accept()) {
            Task.start(() -> busy.compute());
            for (int i = 0; i < late.length; i++) {
              busy.late = 0;
              Task<Void> sending = Task.start(() -> send(a, busy));
              b.read(ByteBuffer.allocate(1));
              late[i] = busy.late;
              Task.await(sending);
            }
          }
          busy.ended = true;
        });
    hasFewTurns(late);
  }

  @Coroutine
  private static void send(TcpConnection to, Busy busy) throws IOException {
    to.write(new byte[1]);
    busy.due = System.nanoTime();
  }

  @Test
  void whatAnotherThreadHandsIn_waitsForFewTurnsOfATaskThatComputes() throws Exception {
    try (EventLoop loop = EventLoop.open("busy")) {
      Busy busy = new Busy();
      Task<Void> computing = loop.start(() -> busy.compute());
      int[] late = new int[40];
      for (int i = 0; i < late.length; i++) {
        int n = i;
        loop.start(
                () -> {
                  busy.late = 0;
                  busy.due = System.nanoTime();
                })
            .join();
        loop.start(() -> late[n] = busy.late).join();
      }
      loop.start(() -> busy.ended = true).join();
      computing.join();
      hasFewTurns(late);
    }
  }

  private static TcpServer server() throws IOException {
    return TcpServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /** A connection that sends as fast as it is read. */
  @Test
  void aPeerThatSendsAllTheTime_leavesOthersTheirTurns() throws Exception {
    int[] floods = new int[200];
    EventLoop.run(
        () -> {
          try (TcpServer server = server();
              TcpConnection flooding = TcpConnection.connect(server.localAddress());
              TcpConnection flooded = server.accept();
              TcpConnection a = TcpConnection.connect(server.localAddress());
              TcpConnection b = server.accept()) {
            int[] reads = {0};
            Task<Void> writer = Task.start(() -> flood(flooding));
            Task<Void> reader = Task.start(() -> drain(flooded, reads));
            for (int i = 0; i < floods.length; i++) {
              int before = reads[0];
              a.write(new byte[1]);
              b.readExactly(1);
              floods[i] = reads[0] - before;
            }
            writer.cancel(false);
            reader.cancel(false);
          }
        });
    java.util.Arrays.sort(floods);
    assertTrue(floods[floods.length / 2] <= 64, java.util.Arrays.toString(floods));
  }

  @Coroutine
  private static void flood(TcpConnection to) throws IOException {
    byte[] much = new byte[1 << 20];
    while (true) {
      to.write(much);
    }
  }

  @Coroutine
  private static void drain(TcpConnection from, int[] reads) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(1024);
    while (from.read(buffer) >= 0) {
      reads[0]++;
      buffer.clear();
    }
  }
}
