package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;

/** A call through an interface that doesn't wait, where one class of receivers was seen, or four. */
public class InterfaceCallBenchmark extends Comparison {
  private static final int CALLS = 100_000;

  /** How many classes the receivers are of. */
  @Param({"1", "4"})
  public int classes = 1;

  interface Step {
    @Coroutine
    long step(long x);
  }

  interface PlainStep {
    long step(long x);
  }

  record Add(long n) implements Step {
    @Override
    @Coroutine
    public long step(long x) {
      if (x == Long.MIN_VALUE) {
        Task.yield();
      }
      return x + n;
    }
  }

  record Xor(long n) implements Step {
    @Override
    @Coroutine
    public long step(long x) {
      if (x == Long.MIN_VALUE) {
        Task.yield();
      }
      return x ^ n;
    }
  }

  record Times(long n) implements Step {
    @Override
    @Coroutine
    public long step(long x) {
      if (x == Long.MIN_VALUE) {
        Task.yield();
      }
      return x * n;
    }
  }

  record Minus(long n) implements Step {
    @Override
    @Coroutine
    public long step(long x) {
      if (x == Long.MIN_VALUE) {
        Task.yield();
      }
      return x - n;
    }
  }

  /** The same without coroutines. */
  private record PlainAdd(long n) implements PlainStep {
    @Override
    public long step(long x) {
      return x + n;
    }
  }

  private record PlainXor(long n) implements PlainStep {
    @Override
    public long step(long x) {
      return x ^ n;
    }
  }

  private record PlainTimes(long n) implements PlainStep {
    @Override
    public long step(long x) {
      return x * n;
    }
  }

  private record PlainMinus(long n) implements PlainStep {
    @Override
    public long step(long x) {
      return x - n;
    }
  }

  private final Step[] steps = {new Add(3), new Xor(5), new Times(7), new Minus(11)};
  private final PlainStep[] plainSteps = {
    new PlainAdd(3), new PlainXor(5), new PlainTimes(7), new PlainMinus(11)
  };

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public long hand() {
    long x = 1;
    for (int i = 0; i < CALLS; i++) {
      x = plainSteps[i & (classes - 1)].step(x);
    }
    return x;
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  @Override
  @Coroutine
  public long woven() {
    long x = 1;
    for (int i = 0; i < CALLS; i++) {
      x = steps[i & (classes - 1)].step(x);
    }
    return x;
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public long kotlin() {
    return KotlinTasks.interfaceCalls(CALLS, classes);
  }
}
