package dev.coweave.durable.sql;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets those who come while a group is being written be written together, as the next group. One that comes while nothing is written is written
 * at once, on the thread that brings it; a thread of this class's own writes the groups that follow, for as long as some do; another begins a
 * further group where enough wait. So nobody who can do something else meanwhile need wait. Where no thread can be had, those write that have one.
 * Thread-safe.
 *
 * <pre>
 *   idle ──► the first writes itself ──► nobody has come meanwhile: idle
 *                                   └──► the writer: group ──► group ──► … ──► nobody has come meanwhile: idle
 * </pre>
 *
 * @param <T> what is written
 * @param <R> what comes of it
 */
final class GroupCommit<T, R> {
  /** Writes a group in one transaction. */
  interface Writer<T, R> {
    /** Writes it all, and tells each what came of it; or throws, and has written nothing. */
    void write(List<Entry<T, R>> group) throws SQLException;
  }

  /** One of a group. What came of it is told when the group is committed. */
  static final class Entry<T, R> {
    final T item;
    private final CompletableFuture<R> told = new CompletableFuture<>();
    private @Nullable R result;
    private @Nullable Throwable failure;

    Entry(T item) {
      this.item = item;
    }

    void done(R result) {
      this.result = result;
    }

    void failed(Throwable failure) {
      this.failure = failure;
    }

    @SuppressWarnings("NullAway") // one of the two is set
    private void tell() {
      if (failure != null) {
        told.completeExceptionally(failure);
      } else {
        told.complete(result);
      }
    }
  }

  private static final System.Logger LOG = System.getLogger("dev.coweave.durable");

  /** Threads of all groups: they end when they have had nothing to write for a second. */
  private static final Executor THREADS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          1,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          r -> {
            Thread t = new Thread(null, r, "coweave-durable-writer", 0, false);
            t.setDaemon(true);
            return t;
          });

  /** A further group is begun while one is written if it has this part of the most that a group may have. */
  private static final int ENOUGH = 8;

  private final int most;
  private final Writer<T, R> writer;

  /** Changed under its own lock. Not an ArrayDeque: one that can't grow for want of memory loses what it has. */
  private final LinkedBlockingQueue<Entry<T, R>> waiting = new LinkedBlockingQueue<>();

  private final int atOnce;
  private final Executor threads;
  private int writing;

  /**
   * Writes groups.
   *
   * @param most how large they are at most
   * @param atOnce how many are written at the same time at most
   */
  GroupCommit(int most, int atOnce, Writer<T, R> writer) {
    this(most, atOnce, writer, THREADS);
  }

  GroupCommit(int most, int atOnce, Writer<T, R> writer, Executor threads) {
    this.most = most;
    this.atOnce = atOnce;
    this.writer = writer;
    this.threads = threads;
  }

  /** Writes something, together with what others write, and returns once it is committed. */
  R write(T item) throws SQLException {
    return outcome(submit(item));
  }

  /** The same without waiting: completed already if it was written at once, else when its group is committed, by a thread that must not be held up. */
  CompletableFuture<R> submit(T item) {
    Entry<T, R> mine = new Entry<>(item);
    if (isFirst(mine)) {
      try {
        write(List.of(mine));
        mine.tell();
      } finally {
        if (!isDone()) {
          goOn();
        }
      }
    }
    return mine.told;
  }

  /** On a thread that can be held up, if there is one. */
  private void goOn() {
    try {
      threads.execute(this::writeGroups);
    } catch (RuntimeException | Error e) {
      writeGroups();
    }
  }

  /** Whether nothing is being written; else it waits, and if enough do a further group is begun. */
  private boolean isFirst(Entry<T, R> mine) {
    synchronized (waiting) {
      if (writing == 0) {
        writing = 1;
        return true;
      }
      waiting.add(mine);
      if (writing == atOnce || waiting.size() < most / ENOUGH) {
        return false;
      }
      writing++;
    }
    try {
      threads.execute(this::writeGroups);
    } catch (RuntimeException | Error e) {
      synchronized (waiting) {
        writing--; // The others go on until nobody waits.
      }
    }
    return false;
  }

  /** What came of an entry, as its writer told it. */
  static <R> R outcome(CompletableFuture<R> told) throws SQLException {
    try {
      return told.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof SQLException failure) {
        throw failure;
      } else if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      } else if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** How many wait for the next group. */
  int waiting() {
    synchronized (waiting) {
      return waiting.size();
    }
  }

  /** If nobody waits, one group less is written. */
  private boolean isDone() {
    synchronized (waiting) {
      boolean done = waiting.isEmpty();
      writing -= done ? 1 : 0;
      return done;
    }
  }

  private void writeGroups() {
    do {
      try {
        writeNext();
      } catch (Error e) { // Those who wait still do, and memory may come back.
        tell(e);
      }
    } while (!isDone());
  }

  private static void tell(Error e) {
    try {
      LOG.log(System.Logger.Level.ERROR, "a group of checkpoints could not be written", e);
    } catch (Error again) { // No memory to tell it in.
    }
  }

  private void writeNext() {
    List<Entry<T, R>> group = next();
    if (!group.isEmpty()) { // else the other writer has them
      write(group);
    }
    group.forEach(Entry::tell);
  }

  private List<Entry<T, R>> next() {
    synchronized (waiting) {
      List<Entry<T, R>> group = new ArrayList<>(Math.min(most, waiting.size()));
      waiting.drainTo(group, most);
      return group;
    }
  }

  /**
   * Where what the database has against a group is in the values of one, each is tried alone. Of other failures the outcome may be unknown: they are
   * everybody's.
   */
  private void write(List<Entry<T, R>> group) {
    try {
      writer.write(group);
    } catch (SQLException e) {
      if (group.size() > 1 && Database.isOfWork(e)) {
        group.forEach(one -> write(List.of(one)));
      } else {
        group.forEach(one -> one.failed(e));
      }
    } catch (RuntimeException | Error e) {
      group.forEach(one -> one.failed(e));
    }
  }
}
