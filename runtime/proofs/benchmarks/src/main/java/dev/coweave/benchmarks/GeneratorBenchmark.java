package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.util.Iterator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/**
 * An element of a generator of boxed longs that is consumed where it is made, so that the JIT may
 * dissolve it.
 */
public class GeneratorBenchmark extends Comparison {
  static final int ELEMENTS = 1_000;

  /** Not final, lest the JIT know it. */
  private int elements = ELEMENTS;

  /** Each number depends on those before, so that neither loop can be computed otherwise. */
  @Coroutine
  static Generator<Long> fibonacci(int n) {
    long a = 0;
    long b = 1;
    for (int i = 0; i < n; i++) {
      Generator.yield(a);
      long c = a + b;
      a = b;
      b = c;
    }
    return Generator.end();
  }

  /** The same by hand. */
  static final class Fibonacci implements Iterator<Long> {
    private int left;
    private long a;
    private long b = 1;

    Fibonacci(int n) {
      left = n;
    }

    @Override
    public boolean hasNext() {
      return left > 0;
    }

    @Override
    public Long next() {
      left--;
      long result = a;
      long c = a + b;
      a = b;
      b = c;
      return result;
    }
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long hand() {
    long sum = 0;
    for (Iterator<Long> it = new Fibonacci(elements); it.hasNext(); ) {
      sum += it.next();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  @Override
  public long woven() {
    long sum = 0;
    for (long element : fibonacci(elements)) {
      sum += element;
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long kotlin() {
    return KotlinSequences.sum(KotlinSequences.fibonacci(elements));
  }
}
