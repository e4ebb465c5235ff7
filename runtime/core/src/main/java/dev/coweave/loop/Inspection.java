package dev.coweave.loop;

import dev.coweave.task.TaskState;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A look at a loop's tasks while none of them moves: by the loop's thread between two steps; or, when that is stuck in a step or no thread
 * runs the loop, by whoever asks.
 */
final class Inspection<R> implements Runnable {
  /** How long the loop may stay in one step before its tasks are looked at all the same, in nanoseconds. */
  private static final long PATIENCE = 200_000_000;

  /** How often a loop that moves on when it is looked at is asked again. */
  private static final int TRIES = 5;

  private final Inspected core;
  private final Function<Supplier<List<TaskState<?>>>, R> look;

  /** Somebody has begun to look: the loop's thread or the other. */
  private final AtomicBoolean taken = new AtomicBoolean();

  private final CountDownLatch done = new CountDownLatch(1);
  private @Nullable R result;
  private @Nullable Throwable failure;

  private Inspection(Inspected core, Function<Supplier<List<TaskState<?>>>, R> look) {
    this.core = core;
    this.look = look;
  }

  static <R> R of(Inspected core, Function<Supplier<List<TaskState<?>>>, R> look) {
    if (core.ownsThisThread()) {
      return look.apply(core::allTasks);
    }
    for (int i = 1; ; i++) {
      Inspection<R> one = new Inspection<>(core, look);
      boolean byLoop = core.isRunning() && one.isDoneByLoop();
      long step = core.progress();
      if (!byLoop) {
        one.look();
      }
      VarHandle.loadLoadFence();
      if (byLoop || core.progress() == step || i == TRIES) {
        return one.result();
      }
    }
  }

  /** Waits for the loop's thread; false if that is stuck in a step, or gone, and won't look any more. */
  private boolean isDoneByLoop() {
    core.handIn(this);
    boolean interrupted = false;
    boolean looked = false;
    boolean stuck = false;
    while (!looked && !stuck) {
      long before = core.progress();
      try {
        looked = done.await(PATIENCE, TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
        continue;
      }
      boolean moves = core.isRunning() && core.progress() != before;
      stuck = !looked && !moves && taken.compareAndSet(false, true);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return looked;
  }

  /** On the loop's thread. */
  @Override
  public void run() {
    if (taken.compareAndSet(false, true)) {
      look();
    }
  }

  private void look() {
    try {
      result = look.apply(core::allTasks);
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    done.countDown();
  }

  private R result() {
    if (failure instanceof Error e) {
      throw e;
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    return Objects.requireNonNull(result);
  }
}
