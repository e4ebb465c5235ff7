package dev.coweave.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** As a JVM that is stopped by a signal, which takes the question of {@code ps} and never answers. */
class PatienceTest {
  @Test
  void whatNeverAnswers_isGivenUp() {
    CountDownLatch never = new CountDownLatch(1);
    assertThrows(
        TimeoutException.class,
        () ->
            Patience.answer(
                Duration.ofMillis(1),
                () -> {
                  never.await();
                  return 1;
                }));
    never.countDown();
  }

  @Test
  void anAnswer_orWhatIsThrown_comesBack() throws Exception {
    assertEquals("yes", Patience.answer(Duration.ofMinutes(1), () -> "yes"));
    IOException failure = new IOException("no");
    ExecutionException e =
        assertThrows(
            ExecutionException.class,
            () ->
                Patience.answer(
                    Duration.ofMinutes(1),
                    () -> {
                      throw failure;
                    }));
    assertSame(failure, e.getCause());
  }
}
