package dev.coweave.samples.robot;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.TickLoop;
import dev.coweave.loop.Ticks;
import dev.coweave.task.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;

/**
 * A robot whose controller is called each 20 ms. A command that needs a part which another has interrupts that: its {@code finally} brings the
 * part to rest, for some ticks if need be, and then the new one begins. The same run twice gives the same trace.
 */
public final class Robot {
  private static final Duration PERIOD = Duration.ofMillis(20);

  private final TickLoop controller = new TickLoop();
  private final List<String> trace = new ArrayList<>();
  private final Part drive = new Part("drive");
  private final Part arm = new Part("arm");
  private int speed;
  private int height;

  private Robot() {}

  private void trace(String what) {
    trace.add(String.format("tick %2d  %s", controller.ticks(), what));
  }

  // ---- commands

  /** Starts a command; whatever has the parts that it needs is interrupted. */
  private Task<Void> command(String name, CoroutineRunnable body, Part... parts) {
    return controller.start(name, () -> run(name, body, parts));
  }

  @Coroutine
  private void run(String name, CoroutineRunnable body, Part... parts) throws Exception {
    Task<?> me = Task.current();
    List<Task<?>> before = new ArrayList<>();
    for (Part part : parts) {
      if (part.holder != null) {
        before.add(part.holder);
        part.holder.cancel(false);
      }
      part.holder = me;
    }
    for (Task<?> other : before) {
      try {
        Task.await(other);
      } catch (CancellationException e) {
        trace(name + " takes over from " + other.name());
      }
    }
    try {
      body.run();
      trace(name + " is done");
    } finally {
      for (Part part : parts) {
        if (part.holder == me) {
          part.holder = null;
        }
      }
    }
  }

  @Coroutine
  private void driveTo(int target) {
    try {
      for (int place = 0; place < target; place += speed) {
        speed = Math.min(speed + 1, 3);
        trace("drives at " + speed);
        Ticks.next();
      }
    } finally {
      Task.shield(() -> brake()); // takes some ticks, also if the command is interrupted
    }
  }

  @Coroutine
  private void brake() {
    while (speed > 0) {
      speed--;
      trace("brakes to " + speed);
      Ticks.next();
    }
  }

  @Coroutine
  private void lift(int target) {
    try {
      while (height < target) {
        height++;
        trace("lifts to " + height);
        Task.sleep(PERIOD.multipliedBy(2));
      }
    } finally {
      trace("holds at " + height);
    }
  }

  @Coroutine
  private void turn() {
    Ticks.await(2);
    trace("has turned");
  }

  // ---- a run

  private List<String> go() {
    Task<Void> toTheShelf = command("drive", () -> driveTo(30), drive);
    command("lift", () -> lift(4), arm);
    for (int i = 0; i < 5; i++) {
      controller.tick(PERIOD);
    }
    Task<Void> aside = command("turn", () -> turn(), drive); // somebody is in the way
    while (controller.tick(PERIOD)) {
      if (aside.isDone() && height == 4 && toTheShelf.isCancelled()) {
        trace("controller: rests");
      }
    }
    return trace;
  }

  /**
   * Runs it twice.
   *
   * @param args are ignored
   */
  public static void main(String[] args) {
    List<String> first = new Robot().go();
    first.forEach(System.out::println);
    System.out.println("the same again: " + first.equals(new Robot().go()));
  }
}
