package dev.coweave.samples.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.coweave.Coroutine;
import dev.coweave.io.UdpSocket;
import dev.coweave.samples.raft.Disk.Entry;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * A server of a cluster that agrees on a log of commands: Raft, as in Ongaro and Ousterhout's paper of 2014, without snapshots and changes of membership. Its messages are
 * datagrams of words, which may be lost, doubled and overtaken.
 *
 * <p>It reads as the paper does: three tasks, which share their fields without locks, for they run on one loop.
 */
public final class Raft {
  // follower ──no heartbeat──► candidate ──votes of a majority──► leader
  //    ▲                          │                                 │
  //    └──────── a message of a later term, or of its leader ───────┘

  /** What happens to a server, for whoever uses it. */
  public interface Events {
    /** It has won the election of a term. */
    void elected(String server, long term);

    /** A command is agreed on: each server applies the same ones in the same order, from 1. */
    void applied(String server, int index, String command);
  }

  private enum Role {
    FOLLOWER,
    CANDIDATE,
    LEADER
  }

  private static final String NOBODY = "";
  private static final Duration HEARTBEAT = Duration.ofMillis(50);
  private static final int ELECTION = 150;

  /** How many commands one message carries at most. */
  private static final int BATCH = 10;

  private final String me;
  private final Map<String, InetSocketAddress> servers;
  private final Disk disk;
  private final RandomGenerator random;
  private final Events events;
  private final Rules rules;
  private UdpSocket socket;

  // what is on the disk
  private long term;
  private String votedFor;
  private final List<Entry> log;

  // what isn't
  private Role role = Role.FOLLOWER;
  private boolean heard;
  private int committed;
  private int applied;
  private final Set<String> votes = new HashSet<>();

  /** As leader: of each other, the index of the next entry to send, and of the last that it is known to have. */
  private final Map<String, Integer> next = new HashMap<>();

  private final Map<String, Integer> match = new HashMap<>();

  /**
   * A server that {@link #run} runs.
   *
   * @param me its name
   * @param servers all names, its own too, and where they receive
   * @param disk what it left there when it ran last
   * @param random for its patience
   * @param events hears of what happens
   */
  public Raft(
      String me,
      Map<String, InetSocketAddress> servers,
      Disk disk,
      RandomGenerator random,
      Events events) {
    this(me, servers, disk, random, events, new Rules());
  }

  Raft(
      String me,
      Map<String, InetSocketAddress> servers,
      Disk disk,
      RandomGenerator random,
      Events events,
      Rules rules) {
    this.me = me;
    this.servers = servers;
    this.disk = disk;
    this.random = random;
    this.events = events;
    this.rules = rules;
    this.term = disk.term();
    this.votedFor = disk.votedFor();
    this.log = disk.log();
  }

  /**
   * Runs until it is cancelled.
   *
   * @throws IOException if it can't receive
   */
  @Coroutine
  public void run() throws IOException {
    try (UdpSocket s = UdpSocket.bind(servers.get(me));
        TaskScope scope = TaskScope.open()) {
      socket = s;
      scope.fork(() -> elect());
      scope.fork(() -> lead());
      ByteBuffer buffer = ByteBuffer.allocate(65_536);
      while (true) {
        s.receive(buffer.clear());
        receive(UTF_8.decode(buffer.flip()).toString().split(" "));
      }
    }
  }

  @Coroutine
  private void elect() throws IOException {
    while (true) {
      heard = false;
      Task.sleep(Duration.ofMillis(ELECTION + random.nextInt(ELECTION)));
      if (!heard && role != Role.LEADER) {
        role = Role.CANDIDATE;
        term++;
        votedFor = me;
        votes.clear();
        votes.add(me);
        save();
        sendToOthers("ask %d %s %d %d".formatted(term, me, log.size(), termAt(log.size())));
      }
    }
  }

  @Coroutine
  private void lead() throws IOException {
    while (true) {
      Task.sleep(HEARTBEAT);
      if (role == Role.LEADER) {
        sendEntries();
      }
    }
  }

  // ---- messages: a word, the sender's term, the sender, and what that word needs

  @Coroutine
  private void receive(String[] m) throws IOException {
    if (m[0].equals("propose")) {
      propose(m[1]);
      return;
    }
    long theirs = Long.parseLong(m[1]);
    if (theirs > term) {
      term = theirs;
      votedFor = NOBODY;
      role = Role.FOLLOWER;
      save();
    }
    switch (m[0]) {
      case "ask" -> asked(theirs, m[2], Integer.parseInt(m[3]), Long.parseLong(m[4]));
      case "vote" -> voted(theirs, m[2]);
      case "append" -> append(theirs, m);
      case "have" -> has(theirs, m[2], Integer.parseInt(m[3]));
      case "lack" -> lacks(theirs, m[2], Integer.parseInt(m[3]));
      default -> throw new IOException("an unknown message: " + m[0]);
    }
  }

  /** A client wants a command; whoever isn't the leader forgets it. */
  private void propose(String command) {
    if (role == Role.LEADER) {
      log.add(new Entry(term, command));
      save();
      commit();
    }
  }

  @Coroutine
  private void asked(long theirs, String candidate, int lastIndex, long lastTerm)
      throws IOException {
    boolean free = votedFor.equals(NOBODY) || votedFor.equals(candidate);
    if (theirs == term && free && rules.isUpToDate(log, lastIndex, lastTerm)) {
      votedFor = candidate;
      heard = true;
      save();
      send(candidate, "vote %d %s".formatted(term, me));
    }
  }

  @Coroutine
  private void voted(long theirs, String voter) throws IOException {
    if (theirs != term || role != Role.CANDIDATE) {
      return;
    }
    votes.add(voter);
    if (votes.size() >= rules.majority(servers.size())) {
      role = Role.LEADER;
      events.elected(me, term);
      for (String s : servers.keySet()) {
        next.put(s, log.size() + 1);
        match.put(s, 0);
      }
      sendEntries();
    }
  }

  @Coroutine
  private void sendEntries() throws IOException {
    Map<String, String> messages =
        new LinkedHashMap<>(); // While they are sent it may lose its office.
    for (String s : servers.keySet()) {
      if (!s.equals(me)) {
        messages.put(s, entriesFor(s));
      }
    }
    for (Map.Entry<String, String> m : messages.entrySet()) {
      send(m.getKey(), m.getValue());
    }
  }

  private String entriesFor(String server) {
    int before = next.get(server) - 1;
    StringBuilder m = new StringBuilder();
    m.append("append %d %s %d %d %d".formatted(term, me, before, termAt(before), committed));
    for (Entry e : log.subList(before, Math.min(log.size(), before + BATCH))) {
      m.append(' ').append(e.term()).append(' ').append(e.command());
    }
    return m.toString();
  }

  @Coroutine
  private void append(long theirs, String[] m) throws IOException {
    String leader = m[2];
    int before = Integer.parseInt(m[3]);
    if (theirs != term) {
      send(leader, "lack %d %s %d".formatted(term, me, before));
      return;
    }
    role = Role.FOLLOWER;
    heard = true;
    if (!rules.matches(log, before, Long.parseLong(m[4]))) {
      send(leader, "lack %d %s %d".formatted(term, me, before));
      return;
    }
    int last = before;
    for (int i = 6; i < m.length; i += 2) {
      rules.take(log, ++last, new Entry(Long.parseLong(m[i]), m[i + 1]));
    }
    save();
    committed = Math.max(committed, Math.min(Integer.parseInt(m[5]), last));
    apply();
    send(leader, "have %d %s %d".formatted(term, me, last));
  }

  private void has(long theirs, String server, int last) {
    if (theirs == term && role == Role.LEADER && last > match.get(server)) {
      match.put(server, last);
      next.put(server, last + 1);
      commit();
    }
  }

  private void lacks(long theirs, String server, int index) {
    if (theirs == term && role == Role.LEADER && index > match.get(server)) {
      next.put(server, Math.max(1, Math.min(next.get(server), index)));
    }
  }

  // ---- what is agreed on

  private void commit() {
    for (int index = log.size(); index > committed; index--) {
      int i = index;
      long have = match.values().stream().filter(m -> m >= i).count() + 1;
      if (have >= rules.majority(servers.size()) && rules.mayCommit(log, index, term)) {
        committed = index;
      }
    }
    apply();
  }

  private void apply() {
    while (applied < committed) {
      applied++;
      events.applied(me, applied, log.get(applied - 1).command());
    }
  }

  private long termAt(int index) {
    return Rules.termAt(log, index);
  }

  private void save() {
    rules.save(disk, term, votedFor, log);
  }

  @Coroutine
  private void sendToOthers(String message) throws IOException {
    for (String s : servers.keySet()) {
      if (!s.equals(me)) {
        send(s, message);
      }
    }
  }

  @Coroutine
  private void send(String server, String message) throws IOException {
    socket.send(ByteBuffer.wrap(message.getBytes(UTF_8)), servers.get(server));
  }
}
