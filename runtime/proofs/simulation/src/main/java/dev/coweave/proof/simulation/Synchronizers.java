package dev.coweave.proof.simulation;

import static dev.coweave.proof.simulation.Program.check;

import dev.coweave.Coroutine;
import dev.coweave.junit.Simulation;
import dev.coweave.sync.Channel;
import dev.coweave.sync.ChannelClosed;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Faults in the use of locks, signals and channels, and in home-made ones. */
final class Synchronizers {
  private Synchronizers() {}

  static void addTo(List<Program> all) {
    all.add(new Program("missed signal", Synchronizers::missedSignal));
    all.add(new Program("lock order", Synchronizers::lockOrder));
    all.add(new Program("dining philosophers", Synchronizers::philosophers));
    all.add(new Program("unfair semaphore", Synchronizers::unfairSemaphore));
    all.add(new Program("one condition for two", Synchronizers::oneConditionForTwo));
    all.add(new Program("reused barrier", Synchronizers::reusedBarrier));
    all.add(new Program("lock not released", Synchronizers::lockNotReleased));
    all.add(new Program("cancelled between take and use", Synchronizers::cancelledAfterTake));
    all.add(new Program("close of a channel", Synchronizers::closeRace));
    all.add(new Program("readers and a writer", Synchronizers::readersAndWriter));
  }

  @Coroutine
  private static void latency() {
    Task.yield();
  }

  /** The condition is looked at, the signal comes, and only then does the waiter wait. */
  @Coroutine
  private static void missedSignal(Simulation sim, boolean correct) {
    boolean[] ready = new boolean[1];
    Signal changed = new Signal();
    Task<Void> waiter =
        Task.start(
            () -> {
              while (!ready[0]) {
                if (!correct) {
                  latency();
                }
                changed.await();
              }
            });
    Task.yield();
    ready[0] = true;
    changed.pulse();
    waiter.await();
  }

  @Coroutine
  private static void transfer(Mutex from, Mutex to) {
    from.lock();
    latency();
    to.lock();
    to.unlock();
    from.unlock();
  }

  /** Two transfers in opposite directions. */
  @Coroutine
  private static void lockOrder(Simulation sim, boolean correct) {
    Mutex a = new Mutex();
    Mutex b = new Mutex();
    Task<Void> there = Task.start("there", () -> transfer(a, b));
    Task<Void> back = Task.start("back", () -> transfer(correct ? a : b, correct ? b : a));
    there.await();
    back.await();
  }

  /** Each takes the left fork first. */
  @Coroutine
  private static void philosophers(Simulation sim, boolean correct) {
    int n = 3;
    List<Mutex> forks = new ArrayList<>();
    List<Task<Void>> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      forks.add(new Mutex());
    }
    for (int i = 0; i < n; i++) {
      int right = (i + 1) % n;
      Mutex first = forks.get(correct ? Math.min(i, right) : i);
      Mutex second = forks.get(correct ? Math.max(i, right) : right);
      all.add(sim.loop("philosopher-" + i).start(() -> transfer(first, second)));
    }
    for (Task<Void> t : all) {
      t.await();
    }
  }

  /** A semaphore that wakes a waiter, who doesn't look again whether the permit is still there. */
  private static final class HomeMadeSemaphore {
    private final Signal released = new Signal();
    private final boolean correct;
    int permits = 1;

    HomeMadeSemaphore(boolean correct) {
      this.correct = correct;
    }

    @Coroutine
    void acquire() {
      if (permits == 0) {
        released.await();
        while (correct && permits == 0) {
          released.await();
        }
      }
      permits--;
    }

    void release() {
      permits++;
      released.pulse();
    }
  }

  @Coroutine
  private static void unfairSemaphore(Simulation sim, boolean correct) {
    HomeMadeSemaphore s = new HomeMadeSemaphore(correct);
    int[] inside = new int[1];
    List<Task<Void>> all = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      all.add(Task.start(() -> use(s, inside)));
    }
    for (Task<Void> t : all) {
      t.await();
    }
  }

  @Coroutine
  private static void use(HomeMadeSemaphore s, int[] inside) {
    s.acquire();
    check(++inside[0] == 1, "two have the one permit");
    latency();
    inside[0]--;
    s.release();
  }

  /** Producers and consumers wait in one queue, of which one is woken: perhaps of the wrong kind. */
  private static final class OneSlot {
    private final Deque<Signal> waiters = new ArrayDeque<>();
    private final boolean correct;
    private boolean full;

    OneSlot(boolean correct) {
      this.correct = correct;
    }

    @Coroutine
    void set(boolean to) {
      while (full == to) {
        Signal mine = new Signal();
        waiters.add(mine);
        mine.await();
      }
      full = to;
      while (!waiters.isEmpty()) {
        waiters.poll().set();
        if (!correct) {
          return;
        }
      }
    }
  }

  @Coroutine
  private static void oneConditionForTwo(Simulation sim, boolean correct) {
    OneSlot slot = new OneSlot(correct);
    List<Task<Void>> all = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      all.add(Task.start("producer-" + i, () -> slot.set(true)));
      all.add(Task.start("consumer-" + i, () -> slot.set(false)));
    }
    for (int i = 2; i < 4; i++) {
      all.add(Task.start("producer-" + i, () -> slot.set(true)));
      all.add(Task.start("consumer-" + i, () -> slot.set(false)));
    }
    for (Task<Void> t : all) {
      t.await();
    }
  }

  /** The last to come resets the count; who is quick comes again before the others have looked. */
  private static final class HomeMadeBarrier {
    private final Signal changed = new Signal();
    private final boolean correct;
    private int count;
    private int generation;

    HomeMadeBarrier(boolean correct) {
      this.correct = correct;
    }

    @Coroutine
    void await() {
      int mine = generation;
      if (++count == 2) {
        generation++;
        if (correct) {
          count = 0;
        }
        changed.pulse();
        return;
      }
      while (correct ? mine == generation : count < 2) {
        changed.await();
      }
      if (!correct) {
        count = 0;
      }
    }
  }

  @Coroutine
  private static void reusedBarrier(Simulation sim, boolean correct) {
    HomeMadeBarrier barrier = new HomeMadeBarrier(correct);
    Task<Void> other = Task.start(() -> rounds(barrier));
    rounds(barrier);
    other.await();
  }

  @Coroutine
  private static void rounds(HomeMadeBarrier barrier) {
    for (int i = 0; i < 3; i++) {
      latency();
      barrier.await();
    }
  }

  /** A cancellation between lock and unlock, and no finally. */
  @Coroutine
  private static void lockNotReleased(Simulation sim, boolean correct) {
    Mutex lock = new Mutex();
    Task<Void> worker =
        Task.start(
            () -> {
              latency();
              lock.lock();
              if (correct) {
                try {
                  latency();
                } finally {
                  lock.unlock();
                }
              } else {
                latency();
                lock.unlock();
              }
            });
    Task.yield();
    worker.cancel(false);
    lock.lock();
    lock.unlock();
  }

  /** A consumer is cancelled when it has taken an item, and hasn't used it. */
  @Coroutine
  private static void cancelledAfterTake(Simulation sim, boolean correct) {
    Channel<String> orders = new Channel<>(1);
    List<String> done = new ArrayList<>();
    orders.send("order");
    Task<Void> consumer =
        Task.start(
            () -> {
              String order = orders.receive();
              try {
                latency();
                done.add(order);
              } catch (TaskCancelled e) {
                if (correct) {
                  orders.trySend(order);
                }
                throw e;
              }
            });
    Task.yield();
    consumer.cancel(false);
    while (!consumer.isDone()) {
      latency();
    }
    String left = orders.tryReceive();
    check(done.size() + (left == null ? 0 : 1) == 1, "an order was lost");
  }

  /** The consumer closes the channel while the producer is about to send. */
  @Coroutine
  private static void closeRace(Simulation sim, boolean correct) {
    Channel<Integer> c = new Channel<>(4);
    Task<Integer> producer =
        Task.start(
            () -> {
              int sent = 0;
              while (sent < 3 && !c.isClosed()) {
                latency();
                try {
                  c.send(sent);
                } catch (ChannelClosed e) {
                  if (!correct) {
                    throw e;
                  }
                  break;
                }
                sent++;
              }
              return sent;
            });
    for (int i = 0; i < 6; i++) {
      latency();
    }
    c.close();
    producer.await();
  }

  /** The writer looks whether anybody reads, and waits before it writes. */
  @Coroutine
  private static void readersAndWriter(Simulation sim, boolean correct) {
    int[] readers = new int[1];
    boolean[] writing = new boolean[1];
    Task<Void> reader =
        Task.start(
            () -> {
              while (correct && writing[0]) {
                latency();
              }
              readers[0]++;
              latency();
              check(!writing[0], "read while it was written");
              readers[0]--;
            });
    while (readers[0] > 0) {
      latency();
    }
    if (!correct) {
      latency();
    }
    writing[0] = true;
    latency();
    writing[0] = false;
    reader.await();
  }
}
