package dev.coweave.durable;

import dev.coweave.durable.sql.Notices;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import javax.sql.DataSource;

/**
 * Hears from other nodes, on a thread and a connection of its own, and tells them: what happens between two rounds of the claimer is told at once.
 * Thread-safe.
 */
final class Ear {
  private static final int SOME = 500;

  private final DurableEngine engine;
  private final Notices notices;
  private final DataSource source;
  private final Thread thread;
  private final Queue<String> ended = new ConcurrentLinkedQueue<>();
  private volatile boolean work;
  private volatile boolean others;
  private volatile boolean closing;

  Ear(DurableEngine engine, Notices notices, DataSource source) {
    this.engine = engine;
    this.notices = notices;
    this.source = source;
    this.thread = new Thread(this::listen, "coweave-durable-listener");
    thread.setDaemon(true);
    thread.start();
  }

  // ---- telling

  /** How many nodes there are was looked up. One that has come since the last look is told what has been since. */
  void others(boolean others) {
    boolean first = others && !this.others;
    this.others = others;
    if (!others) {
      ended.clear();
    } else if (first && (work || !ended.isEmpty())) {
      engine.heardOfWork(); // which tells
    }
  }

  /** Something may be due that other nodes could take. */
  void work() {
    work = true;
  }

  /** A run has ended that somebody may wait for. */
  void ended(String id) {
    ended.add(id);
    if (others) {
      engine.heardOfWork(); // which tells
    }
  }

  /** Tells what is to be told. */
  void tell() throws SQLException {
    if (!others) {
      return; // It may be that one has come, which the next look will find.
    }
    List<String> texts = new ArrayList<>();
    for (String id = ended.poll(); id != null; id = texts.size() < SOME ? ended.poll() : null) {
      texts.add(id);
    }
    if (work) {
      work = false;
      texts.add(Notices.WORK);
    }
    if (!texts.isEmpty()) {
      engine.db.single(
          c -> {
            Notices.tell(c, texts);
            return texts;
          });
    }
  }

  // ---- hearing

  private void listen() {
    while (!closing) {
      try (Connection c = source.getConnection()) {
        notices.begin(c);
        heard(Notices.WORK); // what was told before
        while (!closing) {
          notices.listen(c, this::heard);
        }
        notices.stop(c);
      } catch (SQLException | RuntimeException e) {
        engine.log(System.Logger.Level.DEBUG, "not listening for a while: " + e.getMessage(), null);
        pause();
      }
    }
  }

  private void heard(String text) {
    if (text.equals(Notices.WORK)) {
      engine.heardOfWork();
    } else {
      engine.heardOfEnd(text);
    }
  }

  private void pause() {
    try {
      Thread.sleep(engine.options.poll().toMillis());
    } catch (InterruptedException e) {
      closing = true;
    }
  }

  void close() {
    closing = true;
    try {
      thread.join(2000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
