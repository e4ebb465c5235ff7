package dev.coweave.semantics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** A task that never has to wait pauses now and then where others are ready, and can be cancelled there. */
class FairnessTest extends InVirtualTime {
  private static final int MANY = 100_000;
  private final CompletableFuture<String> there = CompletableFuture.completedFuture("there");
  private final boolean[] over = {false};

  @Coroutine
  private int awaitsUntilOver() {
    int n = 0;
    while (!over[0] && n < MANY) {
      Task.await(there);
      n++;
    }
    return n;
  }

  @Test
  void aTaskThatAwaitsWhatIsComplete_letsOthersRun() throws Exception {
    run(
        () -> {
          Task.start(() -> over[0] = true);
          int n = awaitsUntilOver();
          assertTrue(n < 10_000, n + " awaits");
        });
  }

  @Test
  void twoSuchTasks_taskTurns() throws Exception {
    run(
        () -> {
          int[] lead = {0, 0};
          Task<Integer> a = Task.start(() -> races(lead, 1));
          Task<Integer> b = Task.start(() -> races(lead, -1));
          Task.await(a);
          Task.await(b);
          assertTrue(lead[1] < 10_000, "one was " + lead[1] + " ahead");
        });
  }

  /** Adds to a balance at each await, and notes how far it was off. */
  @Coroutine
  private int races(int[] lead, int step) {
    for (int i = 0; i < MANY; i++) {
      Task.await(there);
      lead[0] += step;
      lead[1] = Math.max(lead[1], Math.abs(lead[0]));
    }
    return MANY;
  }

  @Test
  void timersAndOtherThreads_getThrough() throws Exception {
    EventLoop.run(
        () -> {
          Task<Void> sleeper =
              Task.start(
                  () -> {
                    Task.sleep(Duration.ofMillis(1));
                    over[0] = true;
                  });
          while (!over[0]) {
            Task.await(there);
          }
          Task.await(sleeper);
          CompletableFuture<String> elsewhere =
              CompletableFuture.supplyAsync(() -> "from another thread");
          Task<String> waiting = Task.start(() -> Task.await(elsewhere));
          while (!waiting.isDone()) {
            Task.await(there);
          }
        });
  }

  @Test
  void itsOwnCancellation_reachesIt() throws Exception {
    run(
        () -> {
          Task<Integer> t = Task.start(() -> awaitsUntilOver());
          Task<Void> canceller = Task.start(() -> t.cancel(false) ? null : null);
          Task.await(canceller);
          while (!t.isDone()) {
            Task.yield();
          }
          assertTrue(t.isCancelled());
        });
  }

  @Test
  void aChannelThatIsNeverEmpty_isFairToo() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(Channel.UNLIMITED);
          for (int i = 0; i < MANY; i++) {
            channel.send(i);
          }
          Task.start(() -> over[0] = true);
          int n = 0;
          while (!over[0] && n < MANY) {
            assertEquals(n, channel.receive());
            n++;
          }
          assertTrue(n < 10_000, n + " items");
        });
  }

  @Test
  void underAPlainFrame_itNeverPauses() throws Exception {
    run(
        () -> {
          Task.start(() -> over[0] = true);
          assertEquals(MANY, plainly(() -> awaitsUntilOver()));
          assertFalse(over[0]);
        });
  }

  private static int plainly(Supplier<Integer> call) {
    return call.get();
  }

  @Test
  void aloneOnItsLoop_itNeverHasTo() throws Exception {
    run(() -> assertEquals(MANY, awaitsUntilOver()));
  }

  @Test
  void aPause_comesBeforeTheAwaitLooks_soAValueIsNeverLost() throws Exception {
    run(
        () -> {
          Channel<Integer> channel = new Channel<>(Channel.UNLIMITED);
          for (int i = 0; i < 1000; i++) {
            channel.send(i);
          }
          int[] received = {0};
          Task<Void> t =
              Task.start(
                  () -> {
                    while (true) {
                      channel.receive();
                      received[0]++;
                    }
                  });
          Task<Void> canceller = Task.start(() -> t.cancel(false) ? null : null);
          Task.await(canceller);
          while (!t.isDone()) {
            Task.yield();
          }
          int left = 0;
          while (channel.tryReceive() != null) {
            left++;
          }
          assertEquals(1000, received[0] + left);
        });
  }
}
