package dev.coweave.samples;

import dev.coweave.Coroutine;
import dev.coweave.flow.AsyncGenerator;
import dev.coweave.generator.Generator;
import dev.coweave.sync.Signal;
import dev.coweave.task.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** A program that keeps generators, for {@link PsTreeTest} to find. */
public final class Keeping {
  private static final List<Object> KEPT =
      new ArrayList<>(
          List.of(
              numbers(1),
              numbers(1),
              numbers("overloaded"),
              all(),
              nested(),
              Generator.of(() -> leaf(3, "of a lambda"))));

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
  private static Generator<Integer> all() {
    Generator<Integer> inner = numbers(7);
    Generator.yieldAll(inner);
    return Generator.end();
  }

  @Coroutine
  private static Generator<Integer> nested() {
    deeper(1);
    return Generator.end();
  }

  @Coroutine
  private static void deeper(int n) {
    lastCall(n);
    Generator.yield(n);
  }

  @Coroutine
  private static void lastCall(int n) {
    leaf(n, "nested");
  }

  @Coroutine
  private static void leaf(int n, String text) {
    Generator.yield(text.length() + n);
    Generator.yield(n);
  }

  @Coroutine
  private static AsyncGenerator<Object> pages(Signal signal) {
    signal.await();
    leaf(1, "page");
    return AsyncGenerator.end();
  }

  private Keeping() {}

  /** Takes a step of each, and goes on for ever. */
  @Coroutine
  public static void main(String[] args) throws IOException {
    for (Object g : KEPT) {
      ((Iterator<?>) g).next();
    }
    Signal set = new Signal();
    set.set();
    AsyncGenerator<Object> suspended = pages(set);
    suspended.next();
    Generator<Integer> ended = numbers(9);
    ended.next();
    ended.close();
    AsyncGenerator<Object> waiting = pages(new Signal());
    Task.start(() -> waiting.next());
    Task.yield();
    KEPT.addAll(List.of(ended, suspended, waiting, pages(set)));
    System.out.println("parked");
    Task.blocking(() -> System.in.read());
  }
}
