package it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class NumbersTest {
  @Test
  void countsAsItIsWritten() {
    assertEquals(List.of(1, 2, 3), Numbers.upTo(3).stream().toList());
  }
}
