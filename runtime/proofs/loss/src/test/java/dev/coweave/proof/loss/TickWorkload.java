package dev.coweave.proof.loss;

import dev.coweave.Coroutine;
import dev.coweave.loop.Ticks;
import dev.coweave.task.Task;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Scripts of a tick loop: their turns, and the end of the loop. */
public final class TickWorkload extends Workload {
  /** How far each script has come that cleans up. */
  private final List<AtomicInteger> cleanings = new CopyOnWriteArrayList<>();

  @Override
  void run(String scenario) {
    cleanings.clear();
    switch (scenario) {
      case "tick" -> ticks();
      case "cancelled" -> cancels();
      case "end" -> ends();
      default -> throw new IllegalArgumentException(scenario);
    }
  }

  @Override
  String end() throws Exception {
    long cut = cleanings.stream().filter(steps -> steps.get() != 3).count();
    if (cut > failedByErrors()) {
      return "scripts were ended in the middle of their cleaning up: "
          + cleanings
          + tasks.stream().map(Workload::failure).toList();
    }
    return ticker.isClosing() ? ticker.reopen() : "";
  }

  private void ticks() {
    AtomicBoolean set = new AtomicBoolean();
    begin(() -> walks(3));
    begin(
        () -> {
          Ticks.await(2);
          Ticks.await(3);
        });
    begin(
        () -> {
          Ticks.until(set::get);
          Ticks.next();
        });
    begin(
        () -> {
          Ticks.next();
          Task.sleep(MOMENT);
          set.set(true);
        });
  }

  /** Parked in another frame after each turn. */
  @Coroutine
  private static int walks(int depth) {
    Ticks.next();
    int n = depth == 0 ? 0 : walks(depth - 1) + 1;
    Ticks.next();
    return n;
  }

  /** A script that only ticks is not looked at, but when it is cancelled. */
  private void cancels() {
    begin(
        () -> {
          Task<Void> waits = Task.start(() -> Ticks.await(Long.MAX_VALUE));
          Task<Void> asks = Task.start(() -> Ticks.until(() -> false));
          Ticks.await(3);
          asks.cancel(false);
          waits.cancel(false);
          awaitCancelled(waits);
          awaitCancelled(asks);
        });
    begin(
        () -> {
          Task<Void> fails =
              Task.start(
                  () ->
                      Ticks.until(
                          () -> {
                            throw new IllegalStateException("the program's own");
                          }));
          try {
            fails.await();
          } catch (IllegalStateException e) {
            Ticks.next();
          }
        });
  }

  @Coroutine
  private static void awaitCancelled(Task<Void> t) {
    try {
      t.await();
    } catch (CancellationException e) {
      Ticks.next();
    }
  }

  private void ends() {
    begin(() -> cleansUp(false));
    begin(() -> cleansUp(true));
    ticker.close();
  }

  @Coroutine
  private void cleansUp(boolean sleeps) {
    AtomicInteger steps = new AtomicInteger();
    cleanings.add(steps);
    try {
      Ticks.await(Long.MAX_VALUE);
    } finally {
      steps.incrementAndGet();
      Task.shield(
          () -> {
            Ticks.next();
            if (sleeps) {
              Task.sleep(MOMENT);
            }
          });
      steps.incrementAndGet();
      Task.shield(() -> Ticks.await(2));
      steps.incrementAndGet();
    }
  }
}
