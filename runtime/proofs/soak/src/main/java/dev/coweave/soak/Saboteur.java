package dev.coweave.soak;

import java.util.SplittableRandom;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** A thread that is none of the loops': cancels and closes, a moment later. */
final class Saboteur implements AutoCloseable {
  private static final int MOST_MICROS = 5_000;

  private final ScheduledThreadPoolExecutor thread =
      new ScheduledThreadPoolExecutor(
          1,
          work -> {
            Thread t = new Thread(work, "saboteur");
            t.setDaemon(true);
            return t;
          });

  /** What it does. */
  interface Deed {
    void run() throws Exception;
  }

  private final Ledger ledger;

  Saboteur(Ledger ledger) {
    this.ledger = ledger;
  }

  void strike(SplittableRandom random, Deed deed) {
    int most = 1 << random.nextInt(32 - Integer.numberOfLeadingZeros(MOST_MICROS));
    thread.schedule(() -> run(deed), random.nextInt(most), TimeUnit.MICROSECONDS);
  }

  private void run(Deed deed) {
    try {
      deed.run();
    } catch (Throwable t) {
      ledger.wrong("a deed of the saboteur failed", t);
    }
  }

  boolean isIdle() {
    return thread.getQueue().isEmpty() && thread.getActiveCount() == 0;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
