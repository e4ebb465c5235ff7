package dev.coweave.samples.chat;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.coweave.Coroutine;
import dev.coweave.io.TcpConnection;
import dev.coweave.io.TcpServer;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeoutException;

/**
 * Rooms in which each hears what is said. A client sends its name, the name of a room, and then what it says. All runs on one
 * loop, so that nothing needs a lock.
 */
final class ChatServer implements AutoCloseable {
  private static final int MOST_MEMBERS = 1_000;

  /** How many lines may wait for a member; who lets more wait holds up nobody, and is thrown out. */
  private static final int OUTBOX = 64;

  /** How many bytes more wait in the operating system. */
  private static final int SEND_BUFFER = 16_384;

  /** How long what was said may take to go out when the server closes. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private record Member(String name, TcpConnection connection, Channel<String> outbox) {}

  private final TcpServer server;
  private final Map<String, Set<Member>> rooms = new HashMap<>();
  private final Task<Void> serving;

  /** Serves from now on, in a task of its own. */
  ChatServer() throws IOException {
    server = TcpServer.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    serving = Task.start(() -> server.serve(MOST_MEMBERS, connection -> welcome(connection)));
  }

  InetSocketAddress address() throws IOException {
    return server.localAddress();
  }

  // ---- a member: one task that reads and one that writes

  @Coroutine
  private void welcome(TcpConnection connection) throws IOException {
    connection.channel().setOption(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER);
    String name = connection.readLine();
    String room = connection.readLine();
    if (room != null) {
      Member me = new Member(name, connection, new Channel<>(OUTBOX));
      try (TaskScope scope = TaskScope.open()) {
        scope.fork(() -> write(me));
        talk(me, room);
        scope.join(); // what was said to it still goes out
      } catch (IOException e) {
        // Its connection is broken, or was closed for it: it has left the room.
      }
    }
  }

  @Coroutine
  private void talk(Member me, String room) throws IOException {
    enter(me, room);
    try {
      String line = me.connection.readLine();
      while (line != null && !line.equals("/quit")) {
        say(room, me.name + ": " + line);
        line = me.connection.readLine();
      }
    } finally {
      leave(me, room, "left");
    }
  }

  @Coroutine
  private static void write(Member me) throws IOException {
    me.outbox.forEach(line -> me.connection.write((line + "\n").getBytes(UTF_8)));
    me.connection.shutdownOutput();
  }

  // ---- rooms

  private void enter(Member me, String room) {
    rooms.computeIfAbsent(room, r -> new LinkedHashSet<>()).add(me);
    say(room, "* " + me.name + " joined");
  }

  /** What is said waits for nobody. */
  private void say(String room, String line) {
    List<Member> slow =
        rooms.getOrDefault(room, Set.of()).stream()
            .filter(member -> !member.outbox.trySend(line))
            .toList();
    slow.forEach(member -> throwOut(member, room));
  }

  private void throwOut(Member slow, String room) {
    leave(slow, room, "was too slow");
    try {
      slow.connection.close(); // whoever reads or writes there fails
    } catch (IOException e) {
      // It is closed.
    }
  }

  private void leave(Member me, String room, String how) {
    Set<Member> members = rooms.get(room);
    if (members != null && members.remove(me)) {
      me.outbox.close();
      if (members.isEmpty()) {
        rooms.remove(room);
      }
      say(room, "* " + me.name + " " + how);
    }
  }

  // ---- shutdown

  /** Takes no more members; those who are there hear of it, read what was said to its end, and then their stream ends. */
  @Override
  @Coroutine
  public void close() throws IOException {
    server.close();
    for (String room : List.copyOf(rooms.keySet())) {
      say(room, "* the server closes");
      rooms.remove(room).forEach(member -> member.outbox.close());
    }
    try {
      Task.timeout(PATIENCE, () -> Task.await(serving)); // until each has gone
    } catch (TimeoutException e) {
      serving.cancel(false);
    }
  }
}
