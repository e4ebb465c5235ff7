package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.util.Iterator;
import java.util.stream.LongStream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** An element that goes through three generators: numbers, the even ones of them, their squares. */
public class PipedGeneratorsBenchmark extends Comparison {
  private static final int ELEMENTS = 1_000;

  private int elements = ELEMENTS;

  @Coroutine
  private static Generator<Long> numbers(int n) {
    for (long i = 0; i < n; i++) {
      Generator.yield(i);
    }
    return Generator.end();
  }

  @Coroutine
  private static Generator<Long> even(Generator<Long> numbers) {
    for (long i : numbers) {
      if (i % 2 == 0) {
        Generator.yield(i);
      }
    }
    return Generator.end();
  }

  @Coroutine
  private static Generator<Long> squares(Generator<Long> numbers) {
    for (long i : numbers) {
      Generator.yield(i * i);
    }
    return Generator.end();
  }

  /** All three in one iterator. */
  private static final class EvenSquares implements Iterator<Long> {
    private final int n;
    private long next;

    EvenSquares(int n) {
      this.n = n;
    }

    @Override
    public boolean hasNext() {
      return next < n;
    }

    @Override
    public Long next() {
      long i = next;
      next += 2;
      return i * i;
    }
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long hand() {
    long sum = 0;
    for (Iterator<Long> it = new EvenSquares(elements); it.hasNext(); ) {
      sum += it.next();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long stream() {
    return LongStream.range(0, elements)
        .boxed()
        .filter(i -> i % 2 == 0)
        .map(i -> i * i)
        .mapToLong(i -> i)
        .sum();
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long kotlin() {
    return KotlinSequences.sum(KotlinSequences.evenSquares(elements));
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  @Override
  public long woven() {
    long sum = 0;
    for (long square : squares(even(numbers(elements)))) {
      sum += square;
    }
    return sum;
  }
}
