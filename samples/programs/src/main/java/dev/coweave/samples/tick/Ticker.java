package dev.coweave.samples.tick;

import dev.coweave.Coroutine;
import dev.coweave.generator.Generator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAccumulator;
import java.util.stream.Stream;

/**
 * The recursive ticker: each tick starts a task for the ticks that are left and waits for it, so
 * that in the end 100,000 tasks wait for one another, on 8 threads. The Java stack stays as it was
 * at the first tick.
 */
public final class Ticker {
  private static final int TICKS = 100_000;

  private final ExecutorService pool;
  private final LongAccumulator shallowest = new LongAccumulator(Math::min, Long.MAX_VALUE);
  private final LongAccumulator deepest = new LongAccumulator(Math::max, 0);

  private Ticker(ExecutorService pool) {
    this.pool = pool;
  }

  /** Ticks {@code n} times; its result is how often it has ticked. */
  @Coroutine
  private Generator<CompletableFuture<?>> tick(int n) {
    if (n == 0) {
      return Generator.end(0);
    }
    Generator.yield(CompletableFuture.runAsync(() -> {}, pool)); // the clock
    measureStack();
    int others = Generator.yield(new TinyTask<Integer>(pool, tick(n - 1)));
    measureStack();
    return Generator.end(others + 1);
  }

  private void measureStack() {
    long depth = StackWalker.getInstance().walk(Stream::count);
    shallowest.accumulate(depth);
    deepest.accumulate(depth);
  }

  /**
   * Ticks.
   *
   * @param args are ignored
   */
  public static void main(String[] args) {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      Ticker ticker = new Ticker(pool);
      int ticks = new TinyTask<Integer>(pool, ticker.tick(TICKS)).join();
      System.out.println(ticks + " ticks");
      System.out.println("shallowest stack: " + ticker.shallowest + " frames");
      System.out.println("deepest stack:    " + ticker.deepest + " frames");
    } finally {
      pool.shutdown();
    }
  }
}
