package dev.coweave.semantics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.coweave.Coroutine;
import dev.coweave.CoroutineRunnable;
import dev.coweave.task.Task;

/** What the tests of streams share. */
final class IoTests {
  private IoTests() {}

  /** What a body throws. The lambda of assertThrows is a plain one, which can't wait. */
  @Coroutine
  static <X extends Throwable> X fails(Class<X> type, CoroutineRunnable body) throws Exception {
    try {
      body.run();
    } catch (Throwable t) {
      return assertThrows(
          type,
          () -> {
            throw t;
          });
    }
    throw new AssertionError(type + " was not thrown");
  }

  /** Lets the others run until they all wait. */
  @Coroutine
  static void letOthersWait() {
    for (int i = 0; i < 20; i++) {
      Task.yield();
    }
  }

  static byte[] bytes(String s) {
    return s.getBytes(UTF_8);
  }
}
