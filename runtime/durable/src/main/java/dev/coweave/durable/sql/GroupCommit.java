package dev.coweave.durable.sql;

import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Lets those who come while a group is being written be written together, as the next group. There is no thread of its own: the first of a
 * group writes it, and then calls the first of the next. One that comes alone is written at once. Thread-safe.
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

  /** One of a group, and the thread that waits for it. */
  static final class Entry<T, R> {
    final T item;
    private final CompletableFuture<Boolean> called = new CompletableFuture<>();
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
    R outcome() throws SQLException {
      if (failure instanceof SQLException e) {
        throw e;
      } else if (failure instanceof RuntimeException e) {
        throw e;
      } else if (failure instanceof Error e) {
        throw e;
      }
      return result;
    }
  }

  private final int most;
  private final Writer<T, R> writer;
  private final Queue<Entry<T, R>> waiting = new ArrayDeque<>();
  private boolean busy;

  /**
   * Writes groups.
   *
   * @param most how many are written at once at most
   */
  GroupCommit(int most, Writer<T, R> writer) {
    this.most = most;
    this.writer = writer;
  }

  /** Writes something, together with what others write, and returns once it is committed. */
  R write(T item) throws SQLException {
    Entry<T, R> mine = new Entry<>(item);
    boolean leads;
    synchronized (waiting) {
      waiting.add(mine);
      leads = !busy;
      busy = true;
    }
    if (leads || mine.called.join()) {
      lead();
    }
    return mine.outcome();
  }

  /** How many wait for the next group. */
  int waiting() {
    synchronized (waiting) {
      return waiting.size();
    }
  }

  /** The caller's entry is the first of those that wait. */
  private void lead() {
    List<Entry<T, R>> group = new ArrayList<>();
    synchronized (waiting) {
      while (group.size() < most && !waiting.isEmpty()) {
        group.add(waiting.remove());
      }
    }
    try {
      write(group);
    } finally {
      callNext();
      group.forEach(e -> e.called.complete(false));
    }
  }

  private void callNext() {
    Entry<T, R> next;
    synchronized (waiting) {
      next = waiting.peek();
      busy = next != null;
    }
    if (next != null) {
      next.called.complete(true);
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
      if (group.size() > 1 && isOfValues(e)) {
        group.forEach(one -> write(List.of(one)));
      } else {
        group.forEach(one -> one.failed(e));
      }
    } catch (RuntimeException | Error e) {
      group.forEach(one -> one.failed(e));
    }
  }

  /** SQLSTATE's classes: data, constraints, limits. */
  private static boolean isOfValues(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    return state.startsWith("22") || state.startsWith("23") || state.startsWith("54");
  }
}
