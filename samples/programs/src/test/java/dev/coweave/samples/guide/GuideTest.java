package dev.coweave.samples.guide;

import static dev.coweave.task.Task.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.coweave.Coroutine;
import dev.coweave.loop.EventLoop;
import dev.coweave.loop.VirtualClock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** What docs/guide.md shows of tests. */
class GuideTest {
  @Test
  @Coroutine
  void aTestMayAwait() {
    Shop shop = fruit -> CompletableFuture.supplyAsync(() -> fruit.length());
    assertEquals(3, await(shop.price("fig")));
  }

  @Test
  void threePricesAtOnce_takeAsLongAsOne() throws Exception {
    VirtualClock clock = new VirtualClock();
    Shop shop = Guide.slowShop(Duration.ofHours(1));
    int sum = EventLoop.run(clock, () -> Guide.totalAtOnce(shop, Guide.FRUITS));
    assertEquals(14, sum);
    assertEquals(Duration.ofHours(1), clock.elapsed());
  }
}
