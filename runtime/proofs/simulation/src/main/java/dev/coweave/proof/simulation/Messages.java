package dev.coweave.proof.simulation;

import static dev.coweave.proof.simulation.Program.check;

import dev.coweave.Coroutine;
import dev.coweave.io.UdpSocket;
import dev.coweave.junit.Simulation;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/** Faults of programs that talk to others. */
final class Messages {
  private Messages() {}

  static void addTo(List<Program> all) {
    all.add(new Program("lost reply", Messages::lostReply));
    all.add(new Program("replies out of order", Messages::outOfOrder));
    all.add(new Program("retry without idempotency", Messages::retry));
    all.add(new Program("two leaders", Messages::twoLeaders));
    all.add(new Program("reordered datagrams", Messages::datagrams));
    all.add(new Program("crash between two writes", Messages::crash));
  }

  @Coroutine
  private static void latency() {
    Task.yield();
  }

  /** The request is sent, and then who waits for the reply is entered: the reply may be quicker. */
  @Coroutine
  private static void lostReply(Simulation sim, boolean correct) {
    Channel<Integer> requests = new Channel<>(1);
    Map<Integer, Channel<String>> waiting = new HashMap<>();
    Task<Void> server =
        sim.loop("server")
            .start(
                () -> {
                  int id = requests.receive();
                  Channel<String> reply = waiting.get(id);
                  if (reply != null) {
                    reply.send("hello");
                  }
                });
    Channel<String> reply = new Channel<>(1);
    if (correct) {
      waiting.put(1, reply);
    }
    requests.send(1);
    latency(); // flushes
    waiting.put(1, reply);
    check(reply.receive().equals("hello"), "no reply");
    server.await();
  }

  /** Replies are taken in the order of the requests, but the server works on several at once. */
  @Coroutine
  private static void outOfOrder(Simulation sim, boolean correct) {
    Channel<Integer> replies = new Channel<>(2);
    Task<Void> one = sim.loop("worker-1").start(() -> answer(replies, 1));
    Task<Void> two = sim.loop("worker-2").start(() -> answer(replies, 2));
    Map<Integer, Integer> answers = new HashMap<>();
    for (int i = 1; i <= 2; i++) {
      int r = replies.receive();
      answers.put(correct ? r : i, r);
    }
    one.await();
    two.await();
    check(answers.get(1) == 1, "the answer to another question");
  }

  @Coroutine
  private static void answer(Channel<Integer> replies, int question) {
    latency();
    replies.send(question);
  }

  /** The reply comes too late, and the client asks again. */
  @Coroutine
  private static void retry(Simulation sim, boolean correct) {
    Set<Integer> seen = new HashSet<>();
    int[] charged = new int[1];
    for (int attempt = 0; attempt < 2; attempt++) {
      try {
        Task.timeout(
            Duration.ofSeconds(1),
            () -> {
              if (!correct || seen.add(17)) {
                charged[0]++;
              }
              Task.sleep(Duration.ofSeconds(1)); // the way back
              return null;
            });
        break;
      } catch (TimeoutException e) {
        // again
      }
    }
    check(charged[0] == 1, "charged twice");
  }

  private static final class Store {
    long leaseUntil;
    int token;
    int highest;
    final List<Integer> writes = new ArrayList<>();

    int acquire(long now) {
      if (now < leaseUntil) {
        return 0;
      }
      leaseUntil = now + 1000;
      return ++token;
    }

    void write(int by, boolean fenced) {
      if (fenced && by < highest) {
        return; // a leader of the past
      }
      highest = Math.max(highest, by);
      writes.add(by);
    }
  }

  /** A leader looks at its lease, pauses, and writes when another leads. */
  @Coroutine
  private static void twoLeaders(Simulation sim, boolean correct) {
    Store store = new Store();
    Task<Void> a = sim.loop("a").start(() -> lead(sim, store, correct));
    Task<Void> b = sim.loop("b").start(() -> lead(sim, store, correct));
    a.await();
    b.await();
    for (int i = 1; i < store.writes.size(); i++) {
      check(store.writes.get(i - 1) <= store.writes.get(i), "a leader of the past has written");
    }
  }

  @Coroutine
  private static void lead(Simulation sim, Store store, boolean correct) {
    int token = 0;
    while (token == 0) {
      token = store.acquire(sim.elapsed().toMillis());
      if (token == 0) {
        Task.sleep(Duration.ofMillis(500));
      }
    }
    long until = sim.elapsed().toMillis() + 1000;
    store.write(token, correct);
    for (int i = 0; i < 2; i++) {
      Task.sleep(Duration.ofMillis(500));
      if (sim.elapsed().toMillis() <= until) {
        latency(); // a collection of garbage
        store.write(token, correct);
      }
    }
  }

  /** Two datagrams overtake each other. */
  @Coroutine
  private static void datagrams(Simulation sim, boolean correct) throws IOException {
    InetSocketAddress display = new InetSocketAddress(sim.network().self().address(), 5000);
    UdpSocket in = UdpSocket.bind(display);
    sim.node(
        "thermometer",
        () -> {
          try (UdpSocket out = UdpSocket.bind(new InetSocketAddress(0))) {
            out.send(ByteBuffer.wrap(new byte[] {1, 20}), display);
            out.send(ByteBuffer.wrap(new byte[] {2, 30}), display);
          }
        });
    int shown = 0;
    int last = 0;
    for (int i = 0; i < 2; i++) {
      ByteBuffer b = ByteBuffer.allocate(10);
      in.receive(b);
      if (!correct || b.get(0) > last) {
        last = b.get(0);
        shown = b.get(1);
      }
    }
    in.close();
    check(shown == 30, "an old temperature is shown");
  }

  /** A node loses its power between two writes that belong together. */
  @Coroutine
  private static void crash(Simulation sim, boolean correct) {
    int[] disk = {100, 0};
    var node =
        sim.node(
            "bank",
            () -> {
              latency();
              if (correct) {
                disk[0] -= 40;
                disk[1] += 40;
              } else {
                disk[0] -= 40;
                latency();
                disk[1] += 40;
              }
            });
    Task.yield();
    Task.yield();
    node.crash();
    check(disk[0] + disk[1] == 100, "money is gone");
  }
}
