package dev.coweave.proof.simulation;

import dev.coweave.Coroutine;
import dev.coweave.io.UdpSocket;
import dev.coweave.junit.Simulation;
import dev.coweave.junit.network.Node;
import dev.coweave.task.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A toy Raft over datagrams: elections and replication of a log, as Ongaro and Ousterhout, In search of an understandable consensus algorithm (USENIX ATC
 * 2014), figure 2, without snapshots and changes of membership. Messages may be lost, doubled, late and out of order; nodes may crash.
 */
public final class Raft {
  /** What is wrong with it. */
  public enum Mutant {
    NONE,
    /** A node votes for whoever asks, though it has voted in that term. */
    VOTES_TWICE,
    /** A node votes for a candidate whose log is older than its own. */
    VOTES_FOR_OLD_LOGS,
    /** A leader that hears of a later term goes on to lead in that. */
    KEEPS_LEADING,
    /** A leader commits when it alone has an entry. */
    COMMITS_ALONE,
    /** A follower takes entries without a look at the one before. */
    TAKES_ANY_ENTRIES
  }

  private static final int PORT = 9000;
  private static final int HEARTBEAT = 50;

  record Entry(int term, String command) {}

  /** What survives a crash. */
  private static final class Disk {
    int term;
    int votedFor = -1;
    final List<Entry> log = new ArrayList<>();

    int lastTerm() {
      return log.isEmpty() ? 0 : log.get(log.size() - 1).term;
    }

    int termAt(int index) {
      return index == 0 ? 0 : log.get(index - 1).term;
    }
  }

  /** Looks at all nodes at once, as no node can, for what must never be. */
  private static final class Witness {
    private final Map<Integer, Integer> leaders = new HashMap<>();
    private final Map<Integer, Entry> committed = new TreeMap<>();

    void leads(int term, int node) {
      Integer other = leaders.putIfAbsent(term, node);
      Program.check(other == null || other == node, "two leaders in term " + term);
    }

    void commits(int index, Entry e) {
      Entry other = committed.putIfAbsent(index, e);
      Program.check(
          other == null || other.equals(e), "two entries are committed at index " + index);
    }
  }

  private final Simulation sim;
  private final Mutant mutant;
  private final List<Node> nodes = new ArrayList<>();
  private final Disk[] disks;
  private final Witness witness = new Witness();

  private Raft(Simulation sim, int size, Mutant mutant) {
    this.sim = sim;
    this.mutant = mutant;
    this.disks = new Disk[size];
    Arrays.setAll(disks, i -> new Disk());
  }

  /** Runs a cluster through partitions and crashes. */
  @Coroutine
  public static void run(Simulation sim, Mutant mutant) {
    Raft r = new Raft(sim, 5, mutant);
    for (int i = 0; i < r.disks.length; i++) {
      int me = i;
      r.nodes.add(sim.node("raft-" + i, () -> r.new Server(me).run()));
    }
    sim.network().all().latency(Duration.ofMillis(1), Duration.ofMillis(15)).loss(0.05);
    for (int round = 0; round < 8; round++) {
      Task.sleep(Duration.ofMillis(200 + sim.random().nextInt(400)));
      r.disturb();
    }
    sim.network().heal();
    Task.sleep(Duration.ofSeconds(3));
    if (mutant == Mutant.NONE) {
      Program.check(!r.witness.committed.isEmpty(), "nothing was ever committed");
    }
  }

  private void disturb() {
    Node victim = nodes.get(sim.random().nextInt(nodes.size()));
    switch (sim.random().nextInt(4)) {
      case 0 -> {
        victim.crash();
        victim.restart();
      }
      case 1 -> {
        List<Node> shuffled = new ArrayList<>(nodes);
        Collections.shuffle(shuffled, new java.util.Random(sim.random().nextLong()));
        sim.network().partition(shuffled.subList(0, 2), shuffled.subList(2, 5));
      }
      case 2 -> sim.network().isolate(victim);
      default -> sim.network().heal();
    }
  }

  /** One life of a node. */
  private final class Server {
    private final int me;
    private final Disk disk;
    private UdpSocket socket;
    private boolean leader;
    private boolean candidate;
    private int committed;
    private int proposals;
    private long deadline;
    private final Set<Integer> votes = new HashSet<>();
    private final int[] next = new int[disks.length];
    private final int[] match = new int[disks.length];

    Server(int me) {
      this.me = me;
      this.disk = disks[me];
    }

    @Coroutine
    void run() throws IOException {
      socket = UdpSocket.bind(new InetSocketAddress(PORT));
      postpone();
      Task<Void> clock = Task.start("clock-" + me, this::tick);
      ByteBuffer in = ByteBuffer.allocate(2000);
      while (!clock.isDone()) {
        in.clear();
        socket.receive(in);
        in.flip();
        receive(StandardCharsets.UTF_8.decode(in).toString().split(" ", -1));
      }
    }

    private long now() {
      return sim.elapsed().toMillis();
    }

    private void postpone() {
      deadline = now() + 150 + sim.random().nextInt(150);
    }

    @Coroutine
    private void tick() throws IOException {
      while (true) {
        Task.sleep(Duration.ofMillis(leader ? HEARTBEAT : 10));
        if (leader) {
          if (proposals < 20) {
            disk.log.add(new Entry(disk.term, me + ":" + disk.term + ":" + proposals++));
            match[me] = disk.log.size();
          }
          replicate();
        } else if (now() >= deadline) {
          campaign();
        }
      }
    }

    @Coroutine
    private void campaign() throws IOException {
      disk.term++;
      disk.votedFor = me;
      candidate = true;
      votes.clear();
      votes.add(me);
      postpone();
      String ask = "vote " + disk.term + " " + me + " " + disk.log.size() + " " + disk.lastTerm();
      for (int peer = 0; peer < disks.length; peer++) {
        send(peer, ask);
      }
    }

    @Coroutine
    private void replicate() throws IOException {
      for (int peer = 0; peer < disks.length; peer++) {
        int before = Math.min(next[peer], disk.log.size());
        StringBuilder s = new StringBuilder("append ").append(disk.term).append(' ').append(me);
        s.append(' ').append(before).append(' ').append(disk.termAt(before));
        s.append(' ').append(committed);
        for (int i = before; i < Math.min(before + 5, disk.log.size()); i++) {
          s.append(' ').append(disk.log.get(i).term).append('/').append(disk.log.get(i).command);
        }
        send(peer, s.toString());
      }
    }

    @Coroutine
    private void send(int peer, String message) throws IOException {
      if (peer != me) {
        socket.send(
            ByteBuffer.wrap(message.getBytes(StandardCharsets.UTF_8)),
            new InetSocketAddress(nodes.get(peer).address(), PORT));
      }
    }

    // ---- what comes in: kind, term, from, …

    @Coroutine
    private void receive(String[] m) throws IOException {
      int term = Integer.parseInt(m[1]);
      int from = Integer.parseInt(m[2]);
      if (term > disk.term) {
        disk.term = term;
        disk.votedFor = -1;
        leader = leader && mutant == Mutant.KEEPS_LEADING;
        candidate = false;
      }
      switch (m[0]) {
        case "vote" -> vote(term, from, Integer.parseInt(m[3]), Integer.parseInt(m[4]));
        case "voted" -> voted(term, from);
        case "append" -> append(term, from, m);
        default -> appended(term, from, m);
      }
    }

    @Coroutine
    private void vote(int term, int from, int size, int lastTerm) throws IOException {
      boolean free = disk.votedFor == -1 || disk.votedFor == from || mutant == Mutant.VOTES_TWICE;
      boolean current =
          lastTerm > disk.lastTerm()
              || (lastTerm == disk.lastTerm() && size >= disk.log.size())
              || mutant == Mutant.VOTES_FOR_OLD_LOGS;
      if (term == disk.term && free && current && !leader) {
        disk.votedFor = from;
        postpone();
        send(from, "voted " + term + " " + me);
      }
    }

    private void voted(int term, int from) {
      if (term == disk.term && candidate) {
        votes.add(from);
        if (votes.size() > disks.length / 2) {
          candidate = false;
          leader = true;
          proposals = 0; // Only an entry of its own term lets a leader commit those before.
          witness.leads(term, me);
          Arrays.fill(next, disk.log.size());
          Arrays.fill(match, 0);
          match[me] = disk.log.size();
        }
      }
    }

    @Coroutine
    private void append(int term, int from, String[] m) throws IOException {
      if (term < disk.term) {
        send(from, "refused " + disk.term + " " + me + " 0");
        return;
      }
      candidate = false;
      postpone();
      int before = Integer.parseInt(m[3]);
      boolean fits = before <= disk.log.size() && disk.termAt(before) == Integer.parseInt(m[4]);
      if (mutant == Mutant.TAKES_ANY_ENTRIES) {
        before = Math.min(before, disk.log.size());
        fits = true;
      }
      if (!fits) {
        send(from, "refused " + term + " " + me + " " + before);
        return;
      }
      int at = before;
      for (int i = 6; i < m.length; i++) {
        int slash = m[i].indexOf('/');
        take(
            at++, new Entry(Integer.parseInt(m[i].substring(0, slash)), m[i].substring(slash + 1)));
      }
      commit(Math.min(Integer.parseInt(m[5]), at));
      send(from, "took " + term + " " + me + " " + at);
    }

    /** An entry of another term makes it and all that follow void. */
    private void take(int at, Entry e) {
      if (at < disk.log.size() && disk.log.get(at).term != e.term) {
        disk.log.subList(at, disk.log.size()).clear();
      }
      if (at >= disk.log.size()) {
        disk.log.add(e);
      }
    }

    private void appended(int term, int from, String[] m) {
      if (!leader || term != disk.term) {
        return;
      }
      int at = Integer.parseInt(m[3]);
      if (m[0].equals("refused")) {
        next[from] = Math.max(0, Math.min(next[from], at) - 1);
        return;
      }
      match[from] = Math.max(match[from], at);
      next[from] = match[from];
      int[] sorted = match.clone();
      Arrays.sort(sorted);
      int majority = mutant == Mutant.COMMITS_ALONE ? match[me] : sorted[disks.length / 2];
      if (majority > committed && disk.termAt(majority) == disk.term) {
        commit(majority);
      }
    }

    private void commit(int upTo) {
      while (committed < upTo && committed < disk.log.size()) {
        witness.commits(committed + 1, disk.log.get(committed));
        committed++;
      }
    }
  }
}
