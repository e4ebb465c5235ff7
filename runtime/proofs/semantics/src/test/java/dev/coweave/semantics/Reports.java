package dev.coweave.semantics;

import dev.coweave.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the runtime reports while this is open: the records of its logger, in place of the console. */
final class Reports extends Handler implements AutoCloseable {
  private final Logger logger = Logger.getLogger("dev.coweave");
  private final List<LogRecord> records = new ArrayList<>();

  Reports() {
    logger.setUseParentHandlers(false);
    logger.addHandler(this);
    // What earlier tests have dropped is reported when it is collected: now, not while this is
    // open. A collection's garbage comes in any order, so the second round makes sure of the first.
    collectGarbage();
    collectGarbage();
    clear();
  }

  private void collectGarbage() {
    clear();
    Task.start(
        Runnable::run,
        "garbage of its own",
        () -> {
          throw new IllegalStateException();
        });
    while (messages().stream().noneMatch(m -> m.contains("garbage of its own"))) {
      System.gc();
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1)); // the cleaner's thread has its turn
    }
  }

  private synchronized void clear() {
    records.clear();
  }

  @Override
  public synchronized void publish(LogRecord record) {
    records.add(record);
    notifyAll();
  }

  synchronized List<LogRecord> records() {
    return List.copyOf(records);
  }

  List<String> messages() {
    return records().stream().map(LogRecord::getMessage).toList();
  }

  /** The messages that contain a text, as soon as there is one. */
  synchronized List<String> await(String text) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (messages().stream().noneMatch(m -> m.contains(text))) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError("nobody reported '" + text + "', but: " + messages());
      }
      TimeUnit.NANOSECONDS.timedWait(this, left);
    }
    return messages().stream().filter(m -> m.contains(text)).toList();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    logger.removeHandler(this);
    logger.setUseParentHandlers(true);
  }
}
