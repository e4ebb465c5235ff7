package dev.coweave.junit;

import java.util.Comparator;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** What is to happen at times of the world to come; of one time in the order in which it was entered. */
final class Agenda {
  /** A step and its time. */
  static final class Entry {
    final long time;
    private final long order;
    final Step step;

    /** Withdrawn, but not yet taken out. */
    private boolean withdrawn;

    /** Taken out: its time has come. */
    boolean due;

    private Entry(long time, long order, Step step) {
      this.time = time;
      this.order = order;
      this.step = step;
    }
  }

  private static final Comparator<Entry> BY_TIME =
      (a, b) -> a.time != b.time ? Long.compare(a.time, b.time) : Long.compare(a.order, b.order);

  private final PriorityQueue<Entry> entries = new PriorityQueue<>(BY_TIME);
  private long entered;

  Entry add(long time, Step step) {
    Entry e = new Entry(time, entered++, step);
    entries.add(e);
    return e;
  }

  void withdraw(Entry e) {
    e.withdrawn = true;
  }

  /** The next that was not withdrawn; null for none. */
  @Nullable Entry first() {
    Entry e = entries.peek();
    while (e != null && (e.withdrawn || isGone(e))) {
      entries.poll();
      e = entries.peek();
    }
    return e;
  }

  private static boolean isGone(Entry e) {
    return e.step.lane != null && e.step.lane.gone;
  }

  /** Takes the {@link #first} out, of which there is one. */
  void takeFirst() {
    Entry e = entries.poll();
    if (e != null) {
      e.due = true;
    }
  }
}
