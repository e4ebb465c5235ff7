package dev.coweave.soak;

import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the runtime reports, a failure that nobody asked for or a deadlock, is wrong here. */
final class Reports extends Handler implements AutoCloseable {
  private final Logger logger = Logger.getLogger("dev.coweave");
  private final Ledger ledger;

  Reports(Ledger ledger) {
    this.ledger = ledger;
    logger.addHandler(this);
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
  }
}
