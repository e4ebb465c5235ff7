package dev.coweave.samples.shutdown;

import dev.coweave.loop.EventLoop;
import dev.coweave.task.Task;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What CPython's bpo-31783 is about: a thread goes on submitting work to a pool that another shuts down. There a job could be lost, or
 * a thread be started after the end. Here each submission is accepted, and then runs to its end, or is refused to its caller.
 */
public final class Shutdown {
  private static final int ROUNDS = 1_000;

  private static int lost;
  private static int late;
  private static int refused;

  private Shutdown() {}

  /** One race between a submitter and a shutdown. */
  private static void round(int n) throws InterruptedException {
    EventLoop loop = EventLoop.open("pool");
    AtomicInteger ended = new AtomicInteger();
    int[] accepted = {0};
    Thread submitter =
        new Thread(
            () -> {
              try {
                while (true) {
                  loop.start(
                      () -> {
                        Task.yield(); // accepted work goes on while the loop drains
                        ended.incrementAndGet();
                      });
                  accepted[0]++;
                }
              } catch (RejectedExecutionException e) {
                refused++;
              }
            });
    submitter.start();
    for (int spin = 0; spin < n * 20; spin++) {
      Thread.onSpinWait();
    }
    loop.close(); // returns when the accepted work has ended
    int before = ended.get();
    submitter.join();
    lost += accepted[0] - ended.get();
    late += ended.get() - before;
  }

  /**
   * Races a thousand times.
   *
   * @param args are ignored
   * @throws InterruptedException if this thread is interrupted
   */
  public static void main(String[] args) throws InterruptedException {
    for (int n = 0; n < ROUNDS; n++) {
      round(n);
    }
    System.out.println("shutdowns raced: " + ROUNDS);
    System.out.println("submitters that were refused in the end: " + refused);
    System.out.println("jobs that were accepted and lost: " + lost);
    System.out.println("jobs that ran after close() had returned: " + late);
  }
}
