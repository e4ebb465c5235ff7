package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.junit.CoroutineTest;
import dev.coweave.junit.Simulation;
import dev.coweave.sync.Barrier;
import dev.coweave.sync.Channel;
import dev.coweave.sync.ChannelClosed;
import dev.coweave.sync.Held;
import dev.coweave.sync.Mutex;
import dev.coweave.sync.Select;
import dev.coweave.sync.Semaphore;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * What holds whoever comes first: several loops, tasks that are cancelled or time out anywhere, and many seeds. {@code COWEAVE_SEEDS} and {@code COWEAVE_SEED_BASE} in the
 * environment say which.
 */
class EveryScheduleTest {
  private static final int SEEDS = 100;
  private static final int TASKS = 4;
  private static final int ROUNDS = 5;

  /** Waits a random while: for others, or for a few milliseconds, so that timers meet. */
  @Coroutine
  private static void dawdle(RandomGenerator random) {
    switch (random.nextInt(4)) {
      case 0 -> Task.yield();
      case 1 -> Task.sleep(Duration.ofMillis(random.nextInt(3)));
      default -> {
        // goes on at once
      }
    }
  }

  /** Whether a body has ended in the little time that it has. */
  @Coroutine
  private static boolean inTime(RandomGenerator random, CoroutineRunnable body) throws Exception {
    try {
      Task.timeout(Duration.ofMillis(random.nextInt(4)), body);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /** Starts tasks on loops of their own, cancels some, and waits for all. */
  @Coroutine
  private static void among(Simulation sim, Body body) throws Exception {
    List<Task<Void>> all = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      int me = i;
      CoroutineRunnable run =
          () -> {
            for (int n = 0; n < ROUNDS; n++) {
              dawdle(sim.random());
              body.run(me, n);
            }
          };
      all.add(i % 2 == 0 ? Task.start("t" + i, run) : sim.loop("loop" + i).start("t" + i, run));
    }
    for (Task<Void> t : all) {
      dawdle(sim.random());
      if (sim.random().nextInt(3) == 0) {
        t.cancel(false);
      }
    }
    for (Task<Void> t : all) {
      end(t);
    }
  }

  private interface Body {
    @Coroutine
    void run(int task, int round) throws Exception;
  }

  /** Waits for a task, which may have been cancelled. */
  @Coroutine
  private static void end(Task<?> t) {
    try {
      t.await();
    } catch (CancellationException e) {
      assertTrue(t.isCancelled());
    }
  }

  // ---- channels

  @CoroutineTest(seeds = SEEDS)
  void aChannel_losesNothing_andDoublesNothing(Simulation sim) throws Exception {
    Channel<String> channel = new Channel<>(sim.random().nextInt(3));
    List<String> sent = new ArrayList<>();
    List<String> received = new ArrayList<>();
    Task<Void> senders =
        Task.start(
            () -> {
              among(
                  sim,
                  (task, round) -> {
                    String item = task + "." + round;
                    if (sim.random().nextBoolean()) {
                      channel.send(item);
                      sent.add(item);
                    } else if (inTime(sim.random(), () -> channel.send(item))) {
                      sent.add(item);
                    }
                  });
              channel.close();
            });
    among(
        sim,
        (task, round) -> {
          try {
            if (sim.random().nextBoolean()) {
              received.add(channel.receive());
            } else {
              boolean unused = inTime(sim.random(), () -> received.add(channel.receive()));
            }
          } catch (ChannelClosed e) {
            // nothing left
          }
        });
    List<String> left = new ArrayList<>();
    channel.forEach(item -> left.add(item));
    senders.await();
    received.addAll(left);
    assertEquals(new TreeSet<>(sent), new TreeSet<>(received));
    assertEquals(sent.size(), received.size());
    for (int i = 0; i < TASKS; i++) {
      String mine = i + ".";
      List<String> inOrder = left.stream().filter(s -> s.startsWith(mine)).sorted().toList();
      assertEquals(inOrder, left.stream().filter(s -> s.startsWith(mine)).toList());
    }
  }

  @CoroutineTest(seeds = SEEDS)
  void aSelect_takesOneItem_orNone(Simulation sim) throws Exception {
    Channel<Integer> left = new Channel<>(sim.random().nextInt(2));
    Channel<Integer> right = new Channel<>(sim.random().nextInt(2));
    List<Integer> sent = new ArrayList<>();
    List<Integer> taken = new ArrayList<>();
    Task<Void> senders =
        Task.start(
            () ->
                among(
                    sim,
                    (task, round) -> {
                      int item = task * ROUNDS + round;
                      Channel<Integer> to = item % 2 == 0 ? left : right;
                      boolean in = inTime(sim.random(), () -> to.send(item));
                      if (in) {
                        sent.add(item);
                      }
                    }));
    among(
        sim,
        (task, round) -> {
          Integer item =
              Select.select(
                  left.onReceive(i -> i),
                  right.onReceive(i -> i),
                  Select.onTimeout(Duration.ofMillis(sim.random().nextInt(3)), () -> -1));
          if (item >= 0) {
            taken.add(item);
          }
        });
    while (!senders.isDone() || left.size() + right.size() > 0) {
      Integer item =
          Select.select(
              left.onReceive(i -> i),
              right.onReceive(i -> i),
              Select.onTimeout(Duration.ofMillis(1), () -> -1));
      if (item >= 0) {
        taken.add(item);
      }
    }
    senders.await();
    Collections.sort(sent);
    Collections.sort(taken);
    assertEquals(sent, taken);
  }

  // ---- locks

  @CoroutineTest(seeds = SEEDS)
  void aMutex_hasOneOwner_andIsFreeInTheEnd(Simulation sim) throws Exception {
    Mutex mutex = new Mutex();
    int[] inside = new int[1];
    among(
        sim,
        (task, round) -> {
          CoroutineRunnable section =
              () -> {
                try (Held held = mutex.hold()) {
                  assertEquals(1, ++inside[0]);
                  try {
                    dawdle(sim.random());
                  } finally {
                    inside[0]--;
                  }
                }
              };
          if (sim.random().nextBoolean()) {
            section.run();
          } else {
            boolean unused = inTime(sim.random(), section);
          }
        });
    assertFalse(mutex.isLocked());
    assertNull(mutex.owner());
  }

  @CoroutineTest(seeds = SEEDS)
  void aSemaphore_givesOutNoMoreThanItHas_andGetsAllBack(Simulation sim) throws Exception {
    int permits = 1 + sim.random().nextInt(3);
    Semaphore semaphore = new Semaphore(permits);
    int[] out = new int[1];
    among(
        sim,
        (task, round) -> {
          int n = 1 + sim.random().nextInt(permits);
          boolean unused =
              inTime(
                  sim.random(),
                  () -> {
                    semaphore.acquire(n);
                    out[0] += n;
                    try {
                      assertTrue(out[0] <= permits, () -> out[0] + " of " + permits);
                      dawdle(sim.random());
                    } finally {
                      out[0] -= n;
                      semaphore.release(n);
                    }
                  });
        });
    assertEquals(permits, semaphore.available());
  }

  @CoroutineTest(seeds = SEEDS)
  void aBarrier_letsAllGo_roundByRound(Simulation sim) throws Exception {
    Barrier barrier = new Barrier(TASKS);
    int[] rounds = new int[TASKS];
    List<Task<Void>> all = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      int me = i;
      all.add(
          sim.loop("loop" + i)
              .start(
                  () -> {
                    for (int n = 1; n <= ROUNDS; n++) {
                      dawdle(sim.random());
                      rounds[me] = n;
                      barrier.await();
                      int least = Arrays.stream(rounds).min().getAsInt();
                      assertTrue(least >= n, () -> Arrays.toString(rounds));
                    }
                  }));
    }
    for (Task<Void> t : all) {
      t.await();
    }
    assertEquals(0, barrier.waiting());
  }

  @CoroutineTest(seeds = SEEDS)
  void aSignal_isNotMissed_byWhoLooksAgain(Simulation sim) throws Exception {
    Signal changed = new Signal();
    int[] value = new int[1];
    Task<Void> reader =
        sim.loop("reader")
            .start(
                () -> {
                  for (int seen = 0; seen < ROUNDS; ) {
                    while (value[0] == seen) {
                      changed.await();
                      changed.clear();
                    }
                    seen = value[0];
                    dawdle(sim.random());
                  }
                });
    for (int n = 1; n <= ROUNDS; n++) {
      value[0] = n;
      changed.set();
      dawdle(sim.random());
    }
    reader.await();
  }

  // ---- tasks

  @CoroutineTest(seeds = SEEDS)
  void aScope_endsAfterItsChildren_andThrowsTheFailureOfOne(Simulation sim) throws Exception {
    int[] running = new int[1];
    int[] failed = new int[1];
    for (int n = 0; n < ROUNDS; n++) {
      boolean ended = true;
      try (TaskScope scope = TaskScope.open()) {
        for (int i = 0; i < TASKS; i++) {
          CoroutineRunnable child = () -> live(sim, running, failed);
          if (i % 2 == 0) {
            scope.fork(child);
          } else {
            scope.fork(sim.loop("loop" + i), child);
          }
        }
        dawdle(sim.random());
        if (sim.random().nextBoolean()) {
          scope.join();
        }
      } catch (IllegalStateException e) {
        ended = false;
        assertEquals("child", e.getMessage());
      }
      assertEquals(0, running[0]);
      assertEquals(ended, failed[0] == 0);
      failed[0] = 0;
    }
  }

  @Coroutine
  private static void live(Simulation sim, int[] running, int[] failed) {
    running[0]++;
    try {
      dawdle(sim.random());
      if (sim.random().nextInt(6) == 0) {
        failed[0]++;
        throw new IllegalStateException("child");
      }
      dawdle(sim.random());
    } finally {
      Task.shield(() -> Task.yield());
      running[0]--;
    }
  }

  @CoroutineTest(seeds = SEEDS)
  void aTask_hasOneOutcome_forAllWhoAwaitIt(Simulation sim) throws Exception {
    CompletableFuture<Integer> answer = new CompletableFuture<>();
    Task<Integer> task = sim.loop("other").start(() -> Task.await(answer));
    List<String> outcomes = new ArrayList<>();
    List<Task<Void>> waiting = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      waiting.add(
          sim.loop("loop" + i)
              .start(
                  () -> {
                    dawdle(sim.random());
                    outcomes.add(outcome(task));
                  }));
    }
    dawdle(sim.random());
    Task<Boolean> canceller = sim.loop("canceller").start(() -> task.cancel(false));
    answer.complete(7);
    for (Task<Void> t : waiting) {
      t.await();
    }
    boolean unused = canceller.await();
    assertEquals(TASKS, outcomes.size());
    assertEquals(List.of(outcome(task)), outcomes.stream().distinct().toList());
  }

  @Coroutine
  private static String outcome(Task<Integer> t) {
    try {
      return "" + t.await();
    } catch (CancellationException e) {
      return "cancelled";
    }
  }

  @CoroutineTest(seeds = SEEDS)
  void aShieldedPart_isDoneToItsEnd_orNotBegun(Simulation sim) throws Exception {
    int[] begun = new int[1];
    int[] done = new int[1];
    among(
        sim,
        (task, round) ->
            Task.shield(
                () -> {
                  begun[0]++;
                  dawdle(sim.random());
                  Task.yield();
                  done[0]++;
                }));
    assertEquals(begun[0], done[0]);
  }

  @CoroutineTest(seeds = SEEDS)
  void aTimeout_endsWhatIsInside_beforeItThrows(Simulation sim) throws Exception {
    int[] inside = new int[1];
    among(
        sim,
        (task, round) -> {
          int[] mine = new int[1];
          boolean ended =
              inTime(
                  sim.random(),
                  () -> {
                    inside[0]++;
                    try {
                      dawdle(sim.random());
                      dawdle(sim.random());
                      mine[0]++;
                    } finally {
                      inside[0]--;
                    }
                  });
          assertTrue(!ended || mine[0] == 1);
        });
    assertEquals(0, inside[0]);
  }

  // ---- sequences

  @Coroutine
  private static AsyncGenerator<Integer> count(Simulation sim, int[] open) {
    open[0]++;
    try {
      for (int i = 0; i < TASKS; i++) {
        dawdle(sim.random());
        Generator.yield(i);
      }
    } finally {
      open[0]--;
    }
    return AsyncGenerator.end();
  }

  @CoroutineTest(seeds = SEEDS)
  void aSequence_comesInOrder_andIsClosedOnce(Simulation sim) throws Exception {
    int[] open = new int[1];
    among(
        sim,
        (task, round) -> {
          List<Integer> got = new ArrayList<>();
          int most = sim.random().nextInt(TASKS + 1);
          try (AsyncGenerator<Integer> all = count(sim, open)) {
            while (got.size() < most && all.hasNext()) {
              got.add(all.next());
            }
          }
          assertEquals(IntStream.range(0, most).boxed().toList(), got);
        });
    assertEquals(0, open[0]);
  }
}
