package it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import it.Shapes.Circle;
import it.Shapes.Pair;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ShapesTest {
  private final Shapes.Shape shape = new Pair(new Pair(new Circle(1), new Circle(2)), new Circle(3));

  @Test
  @Coroutine
  void patterns_thatWait() {
    CompletableFuture<Integer> unit = new CompletableFuture<>();
    Task<Boolean> later = Task.start(() -> { Task.yield(); return unit.complete(10); });
    assertEquals(1 + 10 + 30, Shapes.size(shape, unit));
    later.await();
  }

  @Test
  @Coroutine
  void aConstructor_withStatementsBeforeSuper() {
    CompletableFuture<String> name = new CompletableFuture<>();
    Task<Boolean> later = Task.start(() -> { Task.yield(); return name.complete("x"); });
    assertEquals("X!", Shapes.name(name));
    later.await();
  }

  @Test
  void aGenerator() {
    List<Integer> radii = new ArrayList<>();
    Shapes.radii(shape).forEachRemaining(radii::add);
    assertEquals(List.of(1, 2, 3), radii);
    assertEquals(25, Runtime.version().feature());
  }
}
