package dev.coweave.concurrency;

import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

/** A slice of the long run; a new seed each time, which a failure names. */
class ShutdownsTest {
  @Test
  void racedShutdowns_loseNothing_startNothingLate_andHangNobody() {
    assertNull(Shutdowns.race(System.nanoTime(), Integer.MAX_VALUE, 8));
  }
}
