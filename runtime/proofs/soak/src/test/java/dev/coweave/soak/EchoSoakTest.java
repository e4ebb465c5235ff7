package dev.coweave.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A few seconds of what the command does for a quarter of an hour. */
class EchoSoakTest {
  @Test
  @Timeout(300)
  void eachByteIsAccountedFor_andNothingIsLeftBehind() throws Exception {
    List<String> wrongs =
        EchoSoak.run(Duration.ofSeconds(5), Duration.ofMillis(700), 1, System.out);
    assertEquals(List.of(), wrongs);
  }
}
