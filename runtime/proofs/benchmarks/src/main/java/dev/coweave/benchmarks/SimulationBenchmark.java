package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** A switch between the processes of a discrete-event simulation: machines that work for a time, in time that jumps from event to event. */
public class SimulationBenchmark extends Comparison {
  static final int MACHINES = 100;
  private static final int PARTS = 1_000;

  /** What all machines have made. */
  private long made;

  /** Pseudo-random numbers: how long a machine needs for its next part, in nanoseconds, is their rest by 1000. */
  static int next(int x) {
    return (x * 1_103_515_245 + 12_345) & Integer.MAX_VALUE;
  }

  @Coroutine
  private void machine(int number) {
    int x = number;
    for (int part = 0; part < PARTS; part++) {
      x = next(x);
      Task.sleep(Duration.ofNanos(x % 1000 + 1));
      made += x % 1000;
    }
  }

  @Benchmark
  @OperationsPerInvocation(MACHINES * PARTS)
  @Override
  public long woven() throws Exception {
    made = 0;
    EventLoop.run(
        new VirtualClock(),
        () -> {
          try (TaskScope shop = TaskScope.open()) {
            for (int i = 0; i < MACHINES; i++) {
              int number = i;
              shop.fork(() -> machine(number));
            }
            shop.join();
          }
        });
    return made;
  }

  @Benchmark
  @OperationsPerInvocation(MACHINES * PARTS)
  public long kotlin() {
    return new KotlinSimulation(MACHINES, PARTS).run();
  }
}
