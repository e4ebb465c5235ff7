package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.util.Iterator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** An element of a generator of objects that are there already: the words of an array. */
public class ObjectGeneratorBenchmark extends Comparison {
  private static final int ELEMENTS = 1_000;

  private final String[] words = new String[ELEMENTS];

  /** Makes words of different lengths. */
  public ObjectGeneratorBenchmark() {
    for (int i = 0; i < ELEMENTS; i++) {
      words[i] = "x".repeat(i % 7);
    }
  }

  @Coroutine
  private static Generator<String> each(String[] words) {
    for (String word : words) {
      Generator.yield(word);
    }
    return Generator.end();
  }

  private static final class Each implements Iterator<String> {
    private final String[] words;
    private int next;

    Each(String[] words) {
      this.words = words;
    }

    @Override
    public boolean hasNext() {
      return next < words.length;
    }

    @Override
    public String next() {
      return words[next++];
    }
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long hand() {
    long sum = 0;
    for (Iterator<String> it = new Each(words); it.hasNext(); ) {
      sum += it.next().length();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  @Override
  public long woven() {
    long sum = 0;
    for (String word : each(words)) {
      sum += word.length();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(ELEMENTS)
  public long kotlin() {
    long sum = 0;
    for (Iterator<String> it = KotlinSequences.each(words).iterator(); it.hasNext(); ) {
      sum += it.next().length();
    }
    return sum;
  }
}
