package dev.coweave.samples.kinds;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineCallable;
import dev.coweave.generator.Generator;
import dev.coweave.task.Task;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/** A coroutine of each kind and return type, called from coroutines and from plain code. */
public final class Kinds {
  /** What the program prints. */
  public static final String EXPECTED =
      """
      Generator 0 1 2
      Iterator 0 1
      Iterable 0 1
      Iterable again 0 1
      Stream [0, 1]
      recursion [3, 2, 1]
      Task 1
      CompletableFuture 2
      CompletionStage 3
      a failed future: java.io.IOException: failed
      a suspending method 6
      caught java.io.IOException: odd
      a lambda of a plain class 7
      an override that is no coroutine: plain
      from plain code 8
      a future from plain code 9
      """;

  private Kinds() {}

  // ---- generators

  @Coroutine
  static Generator<Integer> generator(int n) {
    for (int i = 0; i < n; i++) {
      Generator.yield(i);
    }
    return Generator.end();
  }

  @Coroutine
  static Iterator<Integer> iterator() {
    Generator.yieldAll(generator(2));
    return null;
  }

  @Coroutine
  static Iterable<Integer> iterable(int n) {
    for (int i = 0; n > 0; n--, i++) {
      Generator.yield(i);
    }
    return Generator.end();
  }

  @Coroutine
  static Stream<Integer> stream() {
    Generator.yieldAll(List.of(0, 1));
    return Generator.end();
  }

  @Coroutine
  static void countDown(int n) {
    if (n > 0) {
      Generator.yield(n);
      countDown(n - 1);
    }
  }

  // ---- async methods

  @Coroutine
  static Task<Integer> task() {
    Task.yield();
    return Task.start(() -> later(1));
  }

  @Coroutine
  static CompletableFuture<Integer> future(int value) throws IOException {
    return CompletableFuture.completedFuture(odd(value));
  }

  @Coroutine
  static CompletionStage<Integer> stage() {
    return CompletableFuture.supplyAsync(() -> 3);
  }

  // ---- suspending methods

  @Coroutine
  static int later(int value) {
    Task.yield();
    return await(CompletableFuture.supplyAsync(() -> value));
  }

  @Coroutine
  static int odd(int value) throws IOException {
    if (later(value) < 0) {
      throw new IOException("failed");
    }
    if (value % 2 == 1 && value != 9) {
      throw new IOException("odd");
    }
    return value;
  }

  /** A coroutine that a subclass overrides without being one. */
  static class Base {
    @Coroutine
    String name() {
      return "coroutine " + later(0);
    }
  }

  /** Overrides it as a plain method. */
  static final class Derived extends Base {
    @Override
    String name() {
      return "plain";
    }
  }

  /** Bears no annotation. */
  static final class PlainClass {
    static final CoroutineCallable<Integer> SEVEN = () -> later(3) + later(4);

    private PlainClass() {}
  }

  /** The program. */
  @Coroutine
  public static void main(String[] args) throws Exception {
    print("Generator", generator(3));
    print("Iterator", iterator());
    Iterable<Integer> twice = iterable(2);
    print("Iterable", twice.iterator());
    print("Iterable again", twice.iterator());
    System.out.println("Stream " + stream().toList());
    System.out.println("recursion " + Generator.of(() -> countDown(3)).stream().toList());
    System.out.println("Task " + await(task()));
    System.out.println("CompletableFuture " + await(future(2)));
    System.out.println("CompletionStage " + await(stage()));
    try {
      await(future(-1), IOException.class);
    } catch (IOException e) {
      System.out.println("a failed future: " + e);
    }
    System.out.println("a suspending method " + odd(6));
    try {
      odd(5);
    } catch (IOException e) {
      System.out.println("caught " + e);
    }
    System.out.println("a lambda of a plain class " + PlainClass.SEVEN.call());
    Base derived = new Derived();
    System.out.println("an override that is no coroutine: " + derived.name());
    Thread plain = new Thread(Kinds::plain);
    plain.start();
    Task.blocking(
        () -> {
          plain.join();
          return null;
        });
  }

  private static void plain() {
    try {
      System.out.println("from plain code " + odd(8));
      System.out.println("a future from plain code " + future(9).get());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static void print(String kind, Iterator<Integer> elements) {
    StringBuilder line = new StringBuilder(kind);
    elements.forEachRemaining(e -> line.append(' ').append(e));
    System.out.println(line);
  }
}
