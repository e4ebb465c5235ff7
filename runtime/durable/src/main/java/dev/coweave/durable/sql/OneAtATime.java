package dev.coweave.durable.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets one transaction after the other on an H2, from before its connection is opened until it is committed. H2 writes its maps to the file one
 * by one, not at one instant: a transaction that runs meanwhile may be written without its undo log, and after a kill its rows are locked
 * for ever by nobody (h2database issue 2080). A connection that is opened sets the delay of writes of its URL for all, until it is told
 * otherwise, which is why that belongs to the turn. Thread-safe, and reentrant: a transaction may begin another on its thread.
 */
final class OneAtATime {
  private static final Map<String, OneAtATime> OF_DATABASES = new ConcurrentHashMap<>();

  private final ReentrantLock lock = new ReentrantLock(true);

  private OneAtATime() {}

  /** The turns of a connection's database, which all engines of this process share. */
  static OneAtATime of(Connection c) throws SQLException {
    return OF_DATABASES.computeIfAbsent(c.getMetaData().getURL(), url -> new OneAtATime());
  }

  /**
   * Waits for a turn.
   *
   * @param limit how long at most
   * @throws SQLTransientException if it doesn't come, or the thread is interrupted
   */
  void begin(Duration limit) throws SQLTransientException {
    try {
      if (lock.tryLock(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new SQLTransientException("interrupted before a transaction began", "57014", e);
    }
    throw new SQLTransientException(
        "another transaction has been going on for " + limit.toSeconds() + " s", "HYT01");
  }

  /** Whether it is this thread's turn. */
  boolean isMine() {
    return lock.isHeldByCurrentThread();
  }

  void end() {
    lock.unlock();
  }
}
