package dev.coweave.samples;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;

/** A program that keeps generators which have not ended, for {@link PsTreeTest} to count. */
public final class Keeping {
  private static final List<Object> KEPT =
      List.of(numbers(1), numbers(1), numbers("overloaded"), pages());

  private Keeping() {}

  @Coroutine
  private static Generator<Integer> numbers(int first) {
    for (int i = first; ; i++) {
      Generator.yield(i);
    }
  }

  @Coroutine
  private static Iterator<String> numbers(String text) {
    Generator.yield(text);
    return Generator.end();
  }

  @Coroutine
  private static AsyncGenerator<String> pages() {
    Task.yield();
    Generator.yield("page");
    return AsyncGenerator.end();
  }

  /** Takes a step of each but the last, and goes on for ever. */
  @Coroutine
  public static void main(String[] args) throws IOException {
    KEPT.forEach(g -> step(g));
    System.out.println("parked");
    Task.blocking(() -> System.in.read());
  }

  private static void step(Object generator) {
    if (generator instanceof Iterator<?> i) {
      i.next();
    }
  }
}
