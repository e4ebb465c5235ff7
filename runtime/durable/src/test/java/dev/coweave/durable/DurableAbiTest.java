package dev.coweave.durable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.coweave.durable.frame.DurableFrame;
import dev.coweave.weave.analysis.DurableAbi;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The weaver names this module and doesn't depend on it; here the names meet what they stand for. */
class DurableAbiTest {
  private static String name(Class<?> c) {
    return c.getName().replace('.', '/');
  }

  private static Set<String> methods(Class<?> c) {
    return Arrays.stream(c.getDeclaredMethods()).map(Method::getName).collect(Collectors.toSet());
  }

  @Test
  void classes() {
    assertEquals(name(Durable.class), DurableAbi.DURABLE);
    assertEquals(name(Run.class), DurableAbi.RUN);
    assertEquals(name(DurableFrame.class), DurableAbi.FRAME);
    assertEquals(name(DurableLink.class), DurableAbi.LINK);
    assertEquals(
        Set.of(name(RunBody.class), name(RunEach.class), name(RunAction.class)),
        DurableAbi.RUN_BODIES);
  }

  @Test
  void members() {
    assertEquals(
        Set.of(DurableAbi.GET, DurableAbi.SET, DurableAbi.FRESH, DurableAbi.DESCRIBE),
        methods(DurableFrame.class));
    assertTrue(
        methods(DurableLink.class).containsAll(Set.of(DurableAbi.ENTER, DurableAbi.ITERATOR)));
    Set<String> words = methods(Durable.class);
    words.removeIf(w -> w.startsWith("lambda$"));
    words.remove("value");
    assertTrue(words.remove(DurableAbi.AT));
    words.add("await"); // of a run
    assertEquals(DurableAbi.WORDS, words);
  }

  @Test
  void durable_isAnAnnotation() throws ReflectiveOperationException {
    assertTrue(Durable.class.isAnnotation());
    assertEquals(RetentionPolicy.RUNTIME, Durable.class.getAnnotation(Retention.class).value());
    Method order = OrderTest.Orders.class.getDeclaredMethod("order", OrderTest.Order.class);
    assertEquals("order", order.getAnnotation(Durable.class).value());
  }
}
