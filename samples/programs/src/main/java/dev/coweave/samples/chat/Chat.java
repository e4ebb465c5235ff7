package dev.coweave.samples.chat;

import dev.coweave.Coroutine;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/** A chat server, and who talks there: two in one room, one in another, one who hangs up, one who never listens. */
public final class Chat {
  private static final int FLOOD = 500;
  private static final String LONG = " and so on".repeat(100);

  private final InetSocketAddress server;
  private final Signal aliceIsIn = new Signal();
  private final Signal allIsSaid = new Signal();

  private Chat(InetSocketAddress server) {
    this.server = server;
  }

  @Coroutine
  private List<String> alice() throws IOException {
    try (Talker alice = Talker.enter(server, "alice", "tea")) {
      alice.hear("* alice joined");
      aliceIsIn.set();
      alice.hear("* bob joined");
      alice.say("hello bob");
      return alice.hearTheRest();
    }
  }

  @Coroutine
  private List<String> bob() throws IOException {
    aliceIsIn.await();
    try (Talker bob = Talker.enter(server, "bob", "tea")) {
      bob.hear("alice: hello bob");
      bob.say("hello alice");

      Task<Void> dave = Task.start(() -> dave());
      bob.hear("* dave joined");
      dave.cancel(false);
      bob.hear("* dave left");

      Task<Void> unused = Task.start(() -> sloth());
      bob.hear("* sloth joined");
      for (int i = 0; i < FLOOD; i++) {
        bob.say(i + LONG);
        bob.hear("bob: " + i + LONG); // so it is never far ahead of those who listen
      }
      allIsSaid.set();
      return bob.hearTheRest();
    } finally {
      allIsSaid.set(); // whatever went wrong: nobody shall wait for it
    }
  }

  /** Is cancelled while it listens; that closes its connection. */
  @Coroutine
  private void dave() throws IOException {
    try (Talker dave = Talker.enter(server, "dave", "tea")) {
      dave.hearTheRest();
    }
  }

  /** Never listens. */
  @Coroutine
  private void sloth() throws IOException {
    try (Talker sloth = Talker.enter(server, "sloth", "tea")) {
      allIsSaid.await();
    }
  }

  @Coroutine
  private List<String> carol() throws IOException {
    try (Talker carol = Talker.enter(server, "carol", "coffee")) {
      carol.say("anybody here?");
      carol.say("/quit");
      return carol.hearTheRest();
    }
  }

  /**
   * Talks.
   *
   * @param args are ignored
   * @throws IOException when something goes wrong
   */
  @Coroutine
  public static void main(String[] args) throws IOException {
    try (TaskScope scope = TaskScope.open()) {
      Task<List<String>> alice;
      Task<List<String>> bob;
      Task<List<String>> carol;
      try (ChatServer server = new ChatServer()) {
        Chat chat = new Chat(server.address());
        alice = scope.fork(() -> chat.alice());
        bob = scope.fork(() -> chat.bob());
        carol = scope.fork(() -> chat.carol());
        chat.allIsSaid.await();
      } // the server closes: what was said is heard, and then nothing more
      scope.join();
      print("alice", alice.join());
      print("bob", bob.join());
      print("carol", carol.join());
    }
    System.out.println("tasks left: " + (Task.all().size() - 1));
  }

  private static void print(String name, List<String> heard) {
    System.out.println(name + " heard");
    heard.stream()
        .filter(line -> !line.endsWith(LONG))
        .forEach(line -> System.out.println("  " + line));
    long flood = heard.stream().filter(line -> line.endsWith(LONG)).count();
    if (flood > 0) {
      System.out.println("  and " + flood + " long lines");
    }
  }
}
