package it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.task.Task;
import org.junit.jupiter.api.Test;

class GreetingTest {
  @Test
  @Coroutine
  void aTestIsACoroutine() {
    Task<String> greeting = Task.start(() -> Greeting.slowly("world"));
    assertEquals("hello world", greeting.await());
  }
}
