package dev.coweave.samples.simulation;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Semaphore;
import dev.coweave.task.Task;
import dev.coweave.task.TaskCancelled;
import dev.coweave.task.TaskScope;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;

/**
 * Machines that make parts and break, and one who repairs them. To break a machine is to cancel what it does, which keeps how much of the part is
 * left; the repairman has other jobs, which he drops when a machine breaks.
 */
final class MachineShop {
  private static final int MACHINES = 10;
  private static final double PART = 10;
  private static final double DEVIATION = 2;
  private static final double BETWEEN_FAILURES = 300;
  private static final double REPAIR = 30;
  private static final double OTHER_JOB = 30;
  private static final double FOUR_WEEKS = 4 * 7 * 24 * 60;

  private final World world;
  private final Semaphore repairman = new Semaphore(1);
  private final int[] made = new int[MACHINES];
  private int failures;
  private int otherJobs;
  private int dropped;

  /** What the repairman does when nothing is broken; null while he does that. */
  private Task<Void> job;

  MachineShop(World world) {
    this.world = world;
  }

  // ---- a machine

  @Coroutine
  private void machine(int number) {
    double left = 0; // of the part that it makes
    while (true) {
      double works = world.exponential(BETWEEN_FAILURES);
      left = work(number, left, works);
      failures++;
      if (job != null) {
        job.cancel(false);
      }
      repairman.acquire();
      try {
        World.pass(REPAIR);
      } finally {
        repairman.release();
      }
    }
  }

  /** Makes parts until it breaks; returns how much of the last is left. */
  @Coroutine
  private double work(int number, double firstPart, double works) {
    double[] left = {firstPart};
    try {
      Task.timeout(World.minutes(works), () -> make(number, left));
    } catch (TimeoutException broken) {
      return left[0];
    }
    throw new AssertionError();
  }

  @Coroutine
  private void make(int number, double[] left) {
    while (true) {
      if (left[0] <= 0) {
        left[0] = world.normal(PART, DEVIATION);
      }
      piece(left);
      made[number]++;
    }
  }

  // ---- the repairman's other jobs

  @Coroutine
  private void others() {
    while (true) {
      double[] left = {OTHER_JOB};
      while (left[0] > 0) {
        repairman.acquire();
        try {
          job = Task.start("other job", () -> piece(left));
          Task.await(job);
        } catch (CancellationException e) {
          dropped++;
        } finally {
          job = null;
          repairman.release();
        }
      }
      otherJobs++;
    }
  }

  /** Works until it is done or interrupted, and keeps how much is left. */
  @Coroutine
  private void piece(double[] left) {
    double began = world.now();
    try {
      World.pass(left[0]);
      left[0] = 0;
    } catch (TaskCancelled e) {
      left[0] -= world.now() - began;
      throw e;
    }
  }

  static void run(long seed) throws Exception {
    World world = new World(seed);
    MachineShop shop = new MachineShop(world);
    EventLoop.run(
        world.clock,
        () -> {
          try {
            Task.timeout(World.minutes(FOUR_WEEKS), () -> shop.weeks());
          } catch (TimeoutException e) {
            shop.report();
          }
        });
  }

  @Coroutine
  private void weeks() {
    try (TaskScope scope = TaskScope.open()) {
      for (int i = 0; i < MACHINES; i++) {
        int number = i;
        scope.fork("machine " + i, () -> machine(number));
      }
      scope.fork("repairman", () -> others());
      scope.join();
    }
  }

  private void report() {
    for (int i = 0; i < MACHINES; i++) {
      System.out.printf("machine %d made %d parts%n", i, made[i]);
    }
    System.out.printf(
        "%d failures; the repairman did %d other jobs, and dropped one %d times%n",
        failures, otherJobs, dropped);
  }
}
