package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.loop.TickLoop;
import dev.coweave.loop.Ticks;
import java.util.function.BooleanSupplier;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** A turn of one of 100,000 scripts of a tick loop, of three kinds, against an array of state machines. */
public class TickBenchmark extends Comparison {
  private static final int SCRIPTS = 100_000;
  private static final int PERIOD = 4;

  /** How many steps were made in this tick: the same in each. */
  private long steps;

  private long tick;
  private TickLoop loop;
  private Machine[] machines;

  // ---- by hand

  private interface Machine {
    void step();
  }

  /** Goes to and fro, a step a tick. */
  private final class Walker implements Machine {
    private boolean back;
    private int place;

    @Override
    public void step() {
      place += back ? -1 : 1;
      steps++;
      if (place == (back ? 0 : 100)) {
        back = !back;
      }
    }
  }

  /** Makes a step each few ticks. */
  private final class Beacon implements Machine {
    private int wait;

    Beacon(int first) {
      this.wait = first;
    }

    @Override
    public void step() {
      if (--wait == 0) {
        steps++;
        wait = PERIOD;
      }
    }
  }

  /** Makes a step when a condition holds, and rests for a tick. */
  private final class Guard implements Machine {
    private final int number;

    Guard(int number) {
      this.number = number;
    }

    @Override
    public void step() {
      if (tick % PERIOD == number) {
        steps++;
      }
    }
  }

  @Benchmark
  @OperationsPerInvocation(SCRIPTS)
  public long hand() {
    if (machines == null) {
      machines = new Machine[SCRIPTS];
      for (int i = 0; i < SCRIPTS; i++) {
        int phase = i / 3 % PERIOD;
        machines[i] =
            switch (i % 3) {
              case 0 -> new Walker();
              case 1 -> new Beacon(1 + phase);
              default -> new Guard(phase);
            };
      }
    }
    steps = 0;
    tick++;
    for (Machine m : machines) {
      m.step();
    }
    return steps;
  }

  // ---- by coroutines

  @Coroutine
  private void walk() {
    while (true) {
      for (int place = 0; place < 100; place++) {
        steps++;
        Ticks.next();
      }
      for (int place = 100; place > 0; place--) {
        steps++;
        Ticks.next();
      }
    }
  }

  @Coroutine
  private void shine(int first) {
    Ticks.await(first);
    while (true) {
      steps++;
      Ticks.await(PERIOD);
    }
  }

  @Coroutine
  private void guard(int number) {
    BooleanSupplier itsTurn = () -> tick % PERIOD == number;
    while (true) {
      Ticks.until(itsTurn);
      steps++;
      Ticks.next();
    }
  }

  @Benchmark
  @OperationsPerInvocation(SCRIPTS)
  @Override
  public long woven() {
    if (loop == null) {
      loop = new TickLoop();
      for (int i = 0; i < SCRIPTS; i++) {
        int phase = i / 3 % PERIOD;
        switch (i % 3) {
          case 0 -> loop.start(() -> walk());
          case 1 -> loop.start(() -> shine(phase));
          default -> loop.start(() -> guard(phase));
        }
      }
    }
    steps = 0;
    tick++;
    loop.tick();
    return steps;
  }
}
