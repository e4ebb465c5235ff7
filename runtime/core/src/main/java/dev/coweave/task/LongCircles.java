package dev.coweave.task;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Looks for circles of waits that are too long to be walked at each wait which might close one: after a while, from all such waits at once. For tasks of
 * executors, at which nobody looks again and again. Thread-safe.
 */
final class LongCircles extends PlainTimer {
  /** How long after the first of these waits, in nanoseconds. */
  private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);

  /** How many are looked at together at most; of a circle one is enough. */
  private static final int MOST = 100_000;

  /** Guarded by itself. A look is due as long as there is any. */
  private static final List<TaskState<?>> WAITING = new ArrayList<>();

  private LongCircles() {}

  /** Looks from a task that has begun to wait. */
  static void lookFrom(TaskState<?> t) {
    synchronized (WAITING) {
      if (WAITING.size() < MOST) {
        WAITING.add(t);
      }
      if (WAITING.size() > 1) {
        return;
      }
    }
    try {
      SharedTimer.schedule(new LongCircles(), PAUSE);
    } catch (VirtualMachineError e) {
      List<TaskState<?>> unused = takeAll(); // The next that waits tries again.
    }
  }

  private static List<TaskState<?>> takeAll() {
    synchronized (WAITING) {
      List<TaskState<?>> all = new ArrayList<>(WAITING);
      WAITING.clear();
      return all;
    }
  }

  @Override
  public void fire() {
    for (WaitCycles.Cycle found : WaitCycles.findAll(takeAll())) {
      SharedTimer.schedule(new CycleCheck(found), CycleCheck.GRACE);
    }
  }
}
