package dev.coweave.samples.guide;

import static dev.coweave.task.Task.await;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import dev.coweave.task.TaskScope;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;

/** What docs/guide.md shows. */
public final class Guide {
  static final List<String> FRUITS = List.of("apple", "fig", "cherry");

  private Guide() {}

  @Coroutine
  static Generator<Long> fibonacci() {
    long a = 0;
    long b = 1;
    while (true) {
      Generator.yield(a);
      long c = a + b;
      a = b;
      b = c;
    }
  }

  @Coroutine
  static int total(Shop shop, List<String> fruits) {
    int sum = 0;
    for (String fruit : fruits) {
      sum += await(shop.price(fruit));
    }
    return sum;
  }

  @Coroutine
  static int totalAtOnce(Shop shop, List<String> fruits) {
    try (TaskScope scope = TaskScope.open()) {
      List<Task<Integer>> prices = new ArrayList<>();
      for (String fruit : fruits) {
        prices.add(scope.fork(() -> await(shop.price(fruit))));
      }
      scope.join();
      int sum = 0;
      for (Task<Integer> price : prices) {
        sum += price.join();
      }
      return sum;
    }
  }

  @Coroutine
  static String totalWithin(Duration time, Shop shop, List<String> fruits) {
    try {
      return "total " + Task.timeout(time, () -> total(shop, fruits));
    } catch (TimeoutException e) {
      return "too late";
    }
  }

  @Coroutine
  static String threadAfterAWait() {
    Task.sleep(Duration.ofMillis(1));
    return Thread.currentThread().getName();
  }

  /** A price is the length of the name; each answer takes its time. */
  static Shop slowShop(Duration time) {
    return fruit ->
        Task.start(
            () -> {
              Task.sleep(time);
              return fruit.length();
            });
  }

  /**
   * Runs all of it.
   *
   * @param args are ignored
   * @throws Exception never
   */
  @Coroutine
  public static void main(String[] args) throws Exception {
    System.out.println(fibonacci().stream().limit(10).toList());

    Shop shop = slowShop(Duration.ofMillis(20));
    System.out.println(total(shop, FRUITS) + " " + totalAtOnce(shop, FRUITS));
    System.out.println(totalWithin(Duration.ofMinutes(1), shop, FRUITS));
    System.out.println(totalWithin(Duration.ofMillis(1), shop, FRUITS));

    System.out.println("called by main: " + threadAfterAWait());
    ExecutorService pool = Executors.newFixedThreadPool(1, r -> new Thread(r, "worker"));
    System.out.println("on an executor: " + Task.start(pool, () -> threadAfterAWait()).await());
    pool.shutdown();
    try (EventLoop loop = EventLoop.open("orders")) {
      CompletableFuture<String> started = loop.start(() -> threadAfterAWait());
      System.out.println("on a loop: " + await(started));
    }
  }
}
