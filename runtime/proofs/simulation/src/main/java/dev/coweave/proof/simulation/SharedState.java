package dev.coweave.proof.simulation;

import static dev.coweave.proof.simulation.Program.check;

import dev.coweave.Coroutine;
import dev.coweave.junit.Simulation;
import dev.coweave.sync.Mutex;
import dev.coweave.task.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Faults of state that several tasks share across their waits. */
final class SharedState {
  private SharedState() {}

  static void addTo(List<Program> all) {
    all.add(new Program("lost update", SharedState::lostUpdate));
    all.add(new Program("check, then act", SharedState::checkThenAct));
    all.add(new Program("stale cache", SharedState::staleCache));
    all.add(new Program("ABA", SharedState::aba));
    all.add(new Program("overdraft", SharedState::overdraft));
    all.add(new Program("torn read", SharedState::tornRead));
    all.add(new Program("changed while iterated", SharedState::changedWhileIterated));
    all.add(new Program("flush of a batch", SharedState::flush));
  }

  /** What a store, a cache or a network would take. */
  @Coroutine
  private static void latency() {
    Task.yield();
  }

  private static final class Account {
    final Mutex lock = new Mutex();
    int balance;

    @Coroutine
    void deposit(int amount, boolean correct) {
      if (correct) {
        lock.lock();
      }
      int before = balance;
      latency();
      balance = before + amount;
      if (correct) {
        lock.unlock();
      }
    }
  }

  /** Both read the balance before either writes it. */
  @Coroutine
  private static void lostUpdate(Simulation sim, boolean correct) {
    Account account = new Account();
    Task<Void> other = sim.loop("other").start(() -> account.deposit(1, correct));
    account.deposit(2, correct);
    other.await();
    check(account.balance == 3, "a deposit was lost");
  }

  /** Both find no session, and both make one. */
  @Coroutine
  private static void checkThenAct(Simulation sim, boolean correct) {
    Map<String, Task<Integer>> sessions = new HashMap<>();
    int[] made = new int[1];
    List<Task<Void>> users = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      users.add(Task.start(() -> session(sessions, made, correct)));
    }
    users.get(0).await();
    users.get(1).await();
    check(made[0] == 1, "two sessions for one user");
  }

  @Coroutine
  private static void session(Map<String, Task<Integer>> all, int[] made, boolean correct) {
    if (correct) {
      all.computeIfAbsent("user", u -> Task.start(() -> connect(made))).await();
    } else if (!all.containsKey("user")) {
      int s = connect(made);
      all.put("user", Task.completed(s));
    }
  }

  @Coroutine
  private static int connect(int[] made) {
    latency();
    return ++made[0];
  }

  /** A reader loads the old value, the writer invalidates, the reader stores what it has loaded. */
  @Coroutine
  private static void staleCache(Simulation sim, boolean correct) {
    int[] store = {1};
    int[] version = new int[1];
    Map<String, Integer> cache = new HashMap<>();
    Task<Void> reader =
        Task.start(
            () -> {
              int seen = version[0];
              int loaded = store[0];
              latency();
              if (!correct || seen == version[0]) {
                cache.put("key", loaded);
              }
            });
    Task.yield();
    latency();
    store[0] = 2;
    version[0]++;
    cache.remove("key");
    reader.await();
    check(cache.getOrDefault("key", 2) == 2, "the cache keeps a value that was replaced");
  }

  private static final class Node {
    final String value;
    Node next;

    Node(String value, Node next) {
      this.value = value;
      this.next = next;
    }
  }

  private static final class Stack {
    Node top;
    int version;

    @Coroutine
    String pop(boolean correct) {
      while (true) {
        Node seen = top;
        if (seen == null) {
          return null;
        }
        int at = version;
        Node next = seen.next;
        latency();
        if (top == seen && (!correct || at == version)) {
          set(next);
          return seen.value;
        }
      }
    }

    void set(Node n) {
      top = n;
      version++;
    }
  }

  /** One pops A, finding B below; the other pops both and pushes A again: then B is on top, which is gone. */
  @Coroutine
  private static void aba(Simulation sim, boolean correct) {
    Stack stack = new Stack();
    Node b = new Node("B", null);
    Node a = new Node("A", b);
    stack.top = a;
    Task<String> popper = Task.start(() -> stack.pop(correct));
    boolean[] both = new boolean[1];
    Task<Void> other =
        Task.start(
            () -> {
              if (stack.top == a) {
                both[0] = true;
                stack.set(null);
                latency();
                a.next = null; // which the popper may have read
                stack.set(a);
              }
            });
    popper.await();
    other.await();
    check(!both[0] || stack.top != b, "what was popped is on the stack again");
  }

  /** Both find enough, and both take it. */
  @Coroutine
  private static void overdraft(Simulation sim, boolean correct) {
    Account account = new Account();
    account.balance = 100;
    Task<Void> other = sim.loop("atm").start(() -> withdraw(account, 70, correct));
    withdraw(account, 70, correct);
    other.await();
    check(account.balance >= 0, "the account is overdrawn");
  }

  @Coroutine
  private static void withdraw(Account account, int amount, boolean correct) {
    if (account.balance >= amount) {
      latency(); // asks for the PIN
      if (!correct || account.balance >= amount) {
        account.balance -= amount;
      }
    }
  }

  /** The reader reads one half before the writer, the other after it. */
  @Coroutine
  private static void tornRead(Simulation sim, boolean correct) {
    int[] range = {0, 10};
    Task<Void> writer =
        Task.start(
            () -> {
              latency();
              range[0] = 20;
              range[1] = 30;
            });
    int low = range[0];
    int high = range[1];
    if (!correct) {
      latency();
      high = range[1];
    }
    writer.await();
    check(high - low == 10, "half of the old range, and half of the new");
  }

  /** One waits in a loop over a list to which another adds. */
  @Coroutine
  private static void changedWhileIterated(Simulation sim, boolean correct) {
    List<String> listeners = new ArrayList<>(List.of("a", "b"));
    Task<Void> other = sim.loop("other").start(() -> subscribe(listeners));
    for (String l : correct ? List.copyOf(listeners) : listeners) {
      latency();
      check(!l.isEmpty(), l);
    }
    other.await();
  }

  @Coroutine
  private static void subscribe(List<String> listeners) {
    latency();
    listeners.add("c");
  }

  /** What comes while a batch is written is thrown away with it. */
  @Coroutine
  private static void flush(Simulation sim, boolean correct) {
    List<Integer> buffer = new ArrayList<>(List.of(1, 2));
    List<Integer> written = new ArrayList<>();
    Task<Void> flusher =
        Task.start(
            () -> {
              List<Integer> batch = List.copyOf(buffer);
              if (correct) {
                buffer.clear();
              }
              latency();
              written.addAll(batch);
              if (!correct) {
                buffer.clear();
              }
            });
    Task.yield();
    buffer.add(3);
    flusher.await();
    written.addAll(buffer);
    check(written.contains(3), "what came during the flush was lost");
  }
}
