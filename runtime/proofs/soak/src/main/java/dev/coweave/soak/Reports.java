package dev.coweave.soak;

import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the runtime reports, a failure that nobody asked for or a deadlock, is wrong here; so is what ends a thread. */
final class Reports extends Handler implements AutoCloseable {
  private final Logger logger = Logger.getLogger("dev.coweave");
  private final Ledger ledger;

  Reports(Ledger ledger) {
    this.ledger = ledger;
    logger.addHandler(this);
    Thread.setDefaultUncaughtExceptionHandler((t, e) -> ledger.wrong("thrown on " + t, e));
  }

  @Override
  public void publish(LogRecord report) {
    ledger.wrong("reported: " + report.getMessage(), report.getThrown());
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    Thread.setDefaultUncaughtExceptionHandler(null);
  }
}
