package it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import org.junit.jupiter.api.Test;

class GreeterTest {
  @Test
  @Coroutine
  void greets() {
    Task.yield();
    assertEquals("hello3", new Greeter().greet(3));
  }
}
