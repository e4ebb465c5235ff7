package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/**
 * A call of a suspending method that doesn't wait, against a plain call and Kotlin's; none is inlined. By
 * option, not by annotation: the body is in a method that the weaver adds, of the same name.
 */
@Fork(
    value = 2,
    jvmArgsAppend = {
      "-Xms768m",
      "-Xmx768m",
      "-Xmn384m",
      "-XX:+AlwaysPreTouch",
      "-XX:CompileCommand=quiet",
      "-XX:CompileCommand=dontinline,dev.coweave.benchmarks.CallBenchmark::plain*",
      "-XX:CompileCommand=dontinline,dev.coweave.benchmarks.CallBenchmark::suspending*",
      "-XX:CompileCommand=dontinline,dev.coweave.benchmarks.KotlinTasks::suspending*"
    })
public class CallBenchmark extends Comparison {
  /** So many that entering the coroutine from plain code doesn't count. */
  private static final int CALLS = 100_000;

  private static long plain(long x) {
    if (x == Long.MIN_VALUE) {
      Thread.yield();
    }
    return x * 31 + 7;
  }

  @Coroutine
  private static long suspending(long x) {
    if (x == Long.MIN_VALUE) {
      Task.yield();
    }
    return x * 31 + 7;
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public long hand() {
    long x = 1;
    for (int i = 0; i < CALLS; i++) {
      x = plain(x);
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
      x = suspending(x);
    }
    return x;
  }

  @Benchmark
  @OperationsPerInvocation(CALLS)
  public long kotlin() {
    return KotlinTasks.calls(CALLS);
  }
}
