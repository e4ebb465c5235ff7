package it.other;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class TwiceTest {
  @Test
  void usesTheLibrarysCoroutine() {
    assertEquals(List.of(1, 2, 1, 2), Twice.upTo(2).stream().toList());
  }
}
