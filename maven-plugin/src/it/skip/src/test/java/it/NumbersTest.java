package it;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class NumbersTest {
  @Test
  void anUnwovenCoroutineSaysHowToWeaveIt() {
    String message = assertThrows(IllegalStateException.class, () -> Numbers.upTo(3)).getMessage();
    assertTrue(message.contains("it.Numbers.upTo"), message);
    assertTrue(message.contains("-javaagent"), message);
    assertTrue(message.contains("coweave-maven-plugin"), message);
  }
}
