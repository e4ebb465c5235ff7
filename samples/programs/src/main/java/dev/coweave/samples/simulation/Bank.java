package dev.coweave.samples.simulation;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Semaphore;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.util.concurrent.TimeoutException;

/** A counter, and customers who leave if they wait too long: a queue whose members renege is a timeout around the wait for a place. */
final class Bank {
  private final World world;
  private final Semaphore counter = new Semaphore(1);

  Bank(World world) {
    this.world = world;
  }

  @Coroutine
  private void customer(String name) {
    double arrived = world.now();
    world.say("%s: here I am", name);
    try {
      Task.timeout(World.minutes(world.uniform(1, 3)), () -> counter.acquire());
    } catch (TimeoutException e) {
      world.say("%s: reneged after %.2f", name, world.now() - arrived);
      return;
    }
    try {
      world.say("%s: waited %.2f", name, world.now() - arrived);
      World.pass(world.exponential(12));
      world.say("%s: finished", name);
    } finally {
      counter.release();
    }
  }

  static void run(long seed) throws Exception {
    World world = new World(seed);
    Bank bank = new Bank(world);
    EventLoop.run(
        world.clock,
        () -> {
          try (TaskScope customers = TaskScope.open()) {
            for (int i = 0; i < 5; i++) {
              String name = "customer " + i;
              customers.fork(name, () -> bank.customer(name));
              World.pass(world.exponential(10));
            }
            customers.join();
          }
        });
  }
}
