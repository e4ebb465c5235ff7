package dev.coweave.semantics;

import com.sun.management.ThreadMXBean;
import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import java.lang.management.ManagementFactory;

/** Sums up the elements of an async generator, and prints how much memory an element takes once the JIT has compiled it. */
final class ReadyElements {
  private static final int ELEMENTS = 100_000;
  private static final int ROUNDS = 600;

  private ReadyElements() {}

  @Coroutine
  private static AsyncGenerator<Long> range(int n) {
    for (long i = 0; i < n; i++) {
      Generator.yield(i);
    }
    return AsyncGenerator.end();
  }

  @Coroutine
  private static long sum() {
    long sum = 0;
    try (AsyncGenerator<Long> all = range(ELEMENTS)) {
      while (all.hasNext()) {
        sum += all.next();
      }
    }
    return sum;
  }

  public static void main(String[] args) {
    ThreadMXBean thread = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < ROUNDS; i++) {
      long before = thread.getCurrentThreadAllocatedBytes();
      if (sum() != (long) ELEMENTS * (ELEMENTS - 1) / 2) {
        throw new AssertionError();
      }
      least = Math.min(least, thread.getCurrentThreadAllocatedBytes() - before);
    }
    System.out.println(least / ELEMENTS + " B an element");
  }
}
