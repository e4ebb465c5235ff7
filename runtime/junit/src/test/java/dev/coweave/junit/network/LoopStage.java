package dev.coweave.junit.network;

import dev.coweave.CoroutineRunnable;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** One loop in virtual time, for a network that has no node but the test's own. */
final class LoopStage implements Stage {
  private final EventLoop loop;
  private final VirtualClock clock;
  private final RandomGenerator random = new SplittableRandom(1);

  private LoopStage(EventLoop loop, VirtualClock clock) {
    this.loop = loop;
    this.clock = clock;
  }

  static void run(CoroutineRunnable body) throws Exception {
    VirtualClock clock = new VirtualClock();
    EventLoop.run(
        clock,
        () -> {
          new Network(new LoopStage(EventLoop.current(), clock)).self().enter();
          body.run();
        });
  }

  @Override
  public long nanoTime() {
    return clock.nanoTime();
  }

  @Override
  public RandomGenerator random() {
    return random;
  }

  @Override
  public void at(long nanos, String what, Runnable event) {
    loop.schedule(event, nanos - clock.nanoTime(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void execute(Runnable action) {
    if (loop.isHere()) {
      action.run();
    } else {
      loop.execute(action);
    }
  }

  @Override
  public Machine start(Node node, CoroutineRunnable body) {
    throw new UnsupportedOperationException();
  }
}
