package it;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.util.concurrent.CompletableFuture;

/** What only newer compilers write: patterns of records, in switches, with a wait in them; statements before a constructor's super call. */
public class Shapes {
  sealed interface Shape permits Circle, Pair {}

  record Circle(int radius) implements Shape {}

  record Pair(Shape left, Shape right) implements Shape {}

  static class Named {
    final String name;

    Named(String name) {
      this.name = name;
    }
  }

  static class Loud extends Named {
    Loud(String name) {
      String upper = name.toUpperCase();
      super(upper + "!");
    }
  }

  @Coroutine
  static int size(Shape shape, CompletableFuture<Integer> unit) {
    return switch (shape) {
      case Circle(int radius) when radius > 9 -> -1;
      case Circle(int radius) -> radius * await(unit);
      case Pair(Circle(int left), Circle(_)) -> left + await(unit);
      case Pair(var left, var right) -> size(left, unit) + size(right, unit);
    };
  }

  @Coroutine
  static String name(CompletableFuture<String> name) {
    return new Loud(await(name)).name;
  }

  @Coroutine
  static Generator<Integer> radii(Shape shape) {
    switch (shape) {
      case Circle(var radius) -> Generator.yield(radius);
      case Pair(var left, var right) -> {
        Generator.yieldAll(radii(left));
        Generator.yieldAll(radii(right));
      }
    }
    return Generator.end();
  }
}
