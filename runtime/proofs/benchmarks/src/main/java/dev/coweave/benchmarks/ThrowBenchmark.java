package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** An exception that is thrown after a wait, under so many callers that are suspended, and caught by the outermost. */
public class ThrowBenchmark extends Comparison {
  private static final int THROWS = 1_000;

  /** How many callers are suspended. */
  @Param({"1", "10", "100"})
  public int depth = 1;

  @Coroutine
  private static long fail(int depth) {
    if (depth > 1) {
      return fail(depth - 1) + 1;
    }
    Task.yield();
    throw new IllegalArgumentException("thrown");
  }

  private static long failByHand(int depth) {
    if (depth > 1) {
      return failByHand(depth - 1) + 1;
    }
    throw new IllegalArgumentException("thrown");
  }

  @Benchmark
  @OperationsPerInvocation(THROWS)
  @Override
  @Coroutine
  public long woven() {
    long caught = 0;
    for (int i = 0; i < THROWS; i++) {
      try {
        caught += fail(depth);
      } catch (IllegalArgumentException e) {
        caught++;
      }
    }
    return caught;
  }

  @Benchmark
  @OperationsPerInvocation(THROWS)
  public long hand() {
    long caught = 0;
    for (int i = 0; i < THROWS; i++) {
      try {
        caught += failByHand(depth);
      } catch (IllegalArgumentException e) {
        caught++;
      }
    }
    return caught;
  }

  @Benchmark
  @OperationsPerInvocation(THROWS)
  public long kotlin() {
    return KotlinTasks.throwing(THROWS, depth);
  }
}
