package dev.coweave.samples.guide;

import static dev.coweave.task.Task.await;
import static java.util.concurrent.CompletableFuture.completedFuture;

import dev.coweave.Coroutine;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** A controller as Spring's users write it. */
@RestController
class PriceController {
  private final Shop shop;

  PriceController(Shop shop) {
    this.shop = shop;
  }

  @GetMapping("/total")
  @Coroutine
  CompletableFuture<Integer> total(@RequestParam List<String> fruits) {
    int sum = 0;
    for (String fruit : fruits) {
      sum += await(shop.price(fruit));
    }
    return completedFuture(sum);
  }
}
