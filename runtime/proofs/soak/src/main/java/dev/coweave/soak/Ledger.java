package dev.coweave.soak;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Accounts for each byte: what both sides of a connection say must agree. Thread-safe. */
final class Ledger {
  private static final int MOST_WRONGS = 20;

  /**
   * What one side says when it has ended.
   *
   * @param sent how many bytes it wrote, the client's number apart
   * @param received how many came, all compared with what was sent
   */
  record Side(Plan plan, Outcome outcome, int sent, int received, Throwable failure) {
    @Override
    public String toString() {
      return outcome + ", sent " + sent + ", received " + received;
    }
  }

  private final Map<Integer, Side> clients = new HashMap<>();
  private final Map<Integer, Side> servers = new HashMap<>();
  private final Map<Fault, Map<Outcome, Long>> counts = new EnumMap<>(Fault.class);
  private final List<String> wrongs = new ArrayList<>();
  private long connections;
  private long anonymous;
  private long bytes;

  synchronized void client(Side side) {
    Plan plan = side.plan();
    connections++;
    bytes += side.received();
    counts
        .computeIfAbsent(plan.fault(), f -> new EnumMap<>(Outcome.class))
        .merge(side.outcome(), 1L, Long::sum);
    check(plan.fault().allows(side.outcome()), "may not end so", side, null);
    Side server = servers.remove(plan.number());
    if (server == null) {
      clients.put(plan.number(), side);
    } else {
      compare(side, server);
    }
  }

  synchronized void server(Side side) {
    bytes += side.received();
    check(side.outcome() != Outcome.WRONG, "may not end so at the server", null, side);
    Side client = clients.remove(side.plan().number());
    if (client == null) {
      servers.put(side.plan().number(), side);
    } else {
      compare(client, side);
    }
  }

  /** A client of the server has gone before it said who it is. */
  synchronized void anonymous() {
    anonymous++;
  }

  private void compare(Side client, Side server) {
    check(
        client.received() <= server.sent()
            && server.sent() <= server.received()
            && server.received() <= client.sent(),
        "more came than was sent",
        client,
        server);
    if (client.outcome() == Outcome.WELL) {
      int all = client.plan().length();
      check(
          client.received() == all && server.sent() == all && client.sent() == all,
          "ended well, and bytes are missing",
          client,
          server);
    }
    if (client.plan().fault() == Fault.SERVER_ENDS_EARLY) {
      check(
          client.received() == client.plan().at() && server.received() == client.plan().length(),
          "half-closed, and bytes are missing",
          client,
          server);
    }
  }

  /** All have ended: of those whose client alone is known, the server can't have known who they were. */
  synchronized void settle() {
    for (Side client : clients.values()) {
      check(
          client.received() == 0
              && client.outcome() != Outcome.WELL
              && client.plan().fault() != Fault.SERVER_ENDS_EARLY,
          "the server knows nothing of it",
          client,
          null);
    }
    servers.values().forEach(server -> check(false, "its client didn't end", null, server));
    clients.clear();
    servers.clear();
  }

  private void check(boolean right, String what, Side client, Side server) {
    if (!right) {
      Side known = client != null ? client : server;
      wrong(
          known.plan() + ": " + what + "\n  client: " + client + "\n  server: " + server,
          known.failure());
    }
  }

  synchronized void wrong(String what, Throwable failure) {
    StringWriter text = new StringWriter().append(what);
    if (failure != null) {
      text.append("\n  ");
      failure.printStackTrace(new PrintWriter(text, true));
    }
    if (wrongs.size() < MOST_WRONGS) {
      wrongs.add(text.toString());
    }
  }

  synchronized List<String> wrongs() {
    return List.copyOf(wrongs);
  }

  synchronized long connections() {
    return connections;
  }

  synchronized long bytes() {
    return bytes;
  }

  /** How the connections ended, by fault. */
  synchronized String table() {
    StringBuilder s = new StringBuilder();
    counts.forEach((fault, outcomes) -> s.append(String.format("  %-20s %s%n", fault, outcomes)));
    return s.append("  gone before they said who they are: ").append(anonymous).toString();
  }
}
