package dev.coweave.samples.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** What docs/guide.md shows of Spring: its controllers may return futures. */
class SpringTest {
  @Test
  void aControllerIsAnAsyncMethod() {
    try (var context = new AnnotationConfigApplicationContext()) {
      context.registerBean(
          Shop.class, () -> fruit -> CompletableFuture.supplyAsync(() -> fruit.length()));
      context.register(PriceController.class);
      context.refresh();
      assertEquals(14, context.getBean(PriceController.class).total(Guide.FRUITS).join());
    }
  }
}
