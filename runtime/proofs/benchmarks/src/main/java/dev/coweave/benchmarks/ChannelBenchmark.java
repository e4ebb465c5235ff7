package dev.coweave.benchmarks;

import dev.coweave.Coroutine;
import dev.coweave.sync.Channel;
import dev.coweave.task.Task;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;

/** An item that one task sends to another, and gets back. */
public class ChannelBenchmark extends Comparison {
  private static final int ITEMS = 10_000;

  @Coroutine
  private static void echo(Channel<Long> in, Channel<Long> out) {
    for (int i = 0; i < ITEMS; i++) {
      out.send(in.receive() + 1);
    }
  }

  @Benchmark
  @OperationsPerInvocation(ITEMS)
  @Override
  @Coroutine
  public long woven() {
    Channel<Long> there = new Channel<>(1);
    Channel<Long> back = new Channel<>(1);
    Task<Void> echo = Task.start(() -> echo(there, back));
    long sum = 0;
    for (long i = 0; i < ITEMS; i++) {
      there.send(i);
      sum += back.receive();
    }
    echo.await();
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(ITEMS)
  public long kotlin() {
    return KotlinTasks.pingPong(ITEMS);
  }

  /**
   * By virtual threads.
   *
   * @return the same
   * @throws InterruptedException never
   */
  @Benchmark
  @OperationsPerInvocation(ITEMS)
  public long virtual() throws InterruptedException {
    BlockingQueue<Long> there = new ArrayBlockingQueue<>(1);
    BlockingQueue<Long> back = new ArrayBlockingQueue<>(1);
    long[] sum = {0};
    Thread echo =
        VirtualThreads.start(
            () -> {
              try {
                for (int i = 0; i < ITEMS; i++) {
                  back.put(there.take() + 1);
                }
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    Thread asker =
        VirtualThreads.start(
            () -> {
              try {
                for (long i = 0; i < ITEMS; i++) {
                  there.put(i);
                  sum[0] += back.take();
                }
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    echo.join();
    asker.join();
    return sum[0];
  }
}
