package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** A child of a scope that has a hundred, each of which lets the others run once. */
public class ChildrenBenchmark extends Comparison {
  private static final int CHILDREN = 100;

  @Coroutine
  private static long child(long i) {
    Task.yield();
    return i;
  }

  @Benchmark
  @OperationsPerInvocation(CHILDREN)
  @Override
  @Coroutine
  public long woven() {
    List<Task<Long>> children = new ArrayList<>(CHILDREN);
    try (TaskScope scope = TaskScope.open()) {
      for (long i = 0; i < CHILDREN; i++) {
        long n = i;
        children.add(scope.fork(() -> child(n)));
      }
      scope.join();
    }
    long sum = 0;
    for (Task<Long> child : children) {
      sum += child.join();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(CHILDREN)
  public long kotlin() {
    return KotlinTasks.children(CHILDREN);
  }
}
