package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.util.ArrayDeque;
import java.util.Queue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** A switch between two tasks on an event loop, against two state machines on a queue. */
public class SwitchBenchmark extends Comparison {
  private static final int SWITCHES = 100_000;

  private long count;

  /** A task by hand: its only local is a field. */
  private final class Machine implements Runnable {
    private final Queue<Runnable> queue;
    private int left = SWITCHES / 2;

    Machine(Queue<Runnable> queue) {
      this.queue = queue;
    }

    @Override
    public void run() {
      if (left-- > 0) {
        count++;
        queue.add(this);
      }
    }
  }

  @Coroutine
  private void takeTurns() {
    for (int left = SWITCHES / 2; left > 0; left--) {
      count++;
      Task.yield();
    }
  }

  @Benchmark
  @OperationsPerInvocation(SWITCHES)
  public long hand() {
    count = 0;
    Queue<Runnable> queue = new ArrayDeque<>();
    queue.add(new Machine(queue));
    queue.add(new Machine(queue));
    for (Runnable next = queue.poll(); next != null; next = queue.poll()) {
      next.run();
    }
    return count;
  }

  @Benchmark
  @OperationsPerInvocation(SWITCHES)
  @Override
  @Coroutine
  public long woven() {
    count = 0;
    Task<Void> one = Task.start(() -> takeTurns());
    Task<Void> other = Task.start(() -> takeTurns());
    one.await();
    other.await();
    return count;
  }

  @Benchmark
  @OperationsPerInvocation(SWITCHES)
  public long kotlin() {
    return KotlinTasks.takeTurns(SWITCHES / 2);
  }
}
