package dev.coweave.benchmarks.programs;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;

/** The same by a generator and tasks. */
final class WovenProgram {
  private static final int NUMBERS = 10;

  private WovenProgram() {}

  /** Prints the sum. */
  public static void main(String[] args) throws Exception {
    System.out.println(EventLoop.run(() -> sum()));
  }

  @Coroutine
  private static long sum() throws Exception {
    long sum = 0;
    for (int n : numbers()) {
      sum += n;
    }
    return sum + Task.await(Task.start(() -> one()));
  }

  @Coroutine
  private static int one() {
    Task.yield();
    return 1;
  }

  @Coroutine
  private static Generator<Integer> numbers() {
    for (int i = 0; i < NUMBERS; i++) {
      Generator.yield(i);
    }
    return Generator.end();
  }
}
