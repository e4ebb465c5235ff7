package it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import java.util.List;
import org.junit.jupiter.api.Test;

class NumbersTest {
  @Test
  @Coroutine
  void testsAreWovenToo() {
    Task.yield();
    assertEquals(List.of(1, 2, 3), Numbers.upTo(3).stream().toList());
  }
}
