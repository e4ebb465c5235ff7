package dev.coweave.benchmarks;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.CompilerControl;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;

/**
 * An element of the generator of {@link GeneratorBenchmark}, read by code that reads all kinds of
 * iterators and so isn't compiled for this one.
 */
public class MegamorphicGeneratorBenchmark extends Comparison {
  private static final int OTHER_READS = 20_000;

  private int elements = GeneratorBenchmark.ELEMENTS;

  /** Has the consumer read other kinds of iterators, until it is compiled for any. */
  @Setup
  public void readOthers() {
    List<Long> numbers = List.of(1L, 2L, 3L);
    List<Collection<Long>> others =
        List.of(
            numbers, new ArrayList<>(numbers), new ArrayDeque<>(numbers), new HashSet<>(numbers));
    for (int i = 0; i < OTHER_READS; i++) {
      others.forEach(other -> sum(other.iterator()));
    }
  }

  /** Not inlined, where the JIT would see which kind it gets. */
  @CompilerControl(CompilerControl.Mode.DONT_INLINE)
  private static long sum(Iterator<Long> numbers) {
    long sum = 0;
    while (numbers.hasNext()) {
      sum += numbers.next();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(GeneratorBenchmark.ELEMENTS)
  public long hand() {
    return sum(new GeneratorBenchmark.Fibonacci(elements));
  }

  @Benchmark
  @OperationsPerInvocation(GeneratorBenchmark.ELEMENTS)
  @Override
  public long woven() {
    return sum(GeneratorBenchmark.fibonacci(elements));
  }

  @Benchmark
  @OperationsPerInvocation(GeneratorBenchmark.ELEMENTS)
  public long kotlin() {
    return sum(KotlinSequences.fibonacci(elements).iterator());
  }
}
