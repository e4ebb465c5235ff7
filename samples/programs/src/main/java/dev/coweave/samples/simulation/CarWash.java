package dev.coweave.samples.simulation;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.sync.Semaphore;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.util.concurrent.TimeoutException;

/** Two machines that wash cars, which come again and again. The day ends for all of them at once: a timeout around the whole. */
final class CarWash {
  private final World world;
  private final Semaphore machines = new Semaphore(2);

  CarWash(World world) {
    this.world = world;
  }

  @Coroutine
  private void car(String name) {
    world.say("%s arrives", name);
    machines.acquire();
    try {
      world.say("%s enters", name);
      World.pass(5);
      world.say("%s leaves, rid of %.0f %% of its dirt", name, world.uniform(50, 99));
    } finally {
      machines.release();
    }
  }

  @Coroutine
  private void day() {
    try (TaskScope cars = TaskScope.open()) {
      for (int i = 0; i < 100; i++) {
        String name = "car " + i;
        cars.fork(name, () -> car(name));
        if (i >= 3) { // four stand there in the morning
          World.pass(world.uniform(5, 9));
        }
      }
      cars.join();
    }
  }

  static void run(long seed) throws Exception {
    World world = new World(seed);
    CarWash wash = new CarWash(world);
    EventLoop.run(
        world.clock,
        () -> {
          try {
            Task.timeout(World.minutes(20), () -> wash.day());
          } catch (TimeoutException e) {
            world.say("closed");
          }
        });
  }
}
