package dev.coweave.loop;

import dev.coweave.task.TaskState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The scripts of a {@link TickLoop} in the order of their start, and which of them has its turn in the tick. For the thread that ticks; others
 * see some moment.
 */
final class Scripts {
  // An array. The data that the turns of the next scripts need is read before them, so that the
  // waits for memory overlap: of many scripts these are what a tick costs. Scripts that have
  // ended leave holes, which are closed when there are many: never within a tick, for a script's
  // place is known while it runs.

  /** Of how many scripts is read at once; a power of two. */
  private static final int BLOCK = 16;

  private @Nullable TaskState<?>[] places = new TaskState<?>[16];
  private int size;
  private int live;

  /** The place whose turn it is; -1 between ticks. */
  private int at = -1;

  /** How many have turns in this tick: not those that start in it. */
  private int last;

  /** Something of what was read: the JIT leaves out what nobody needs. */
  private int read;

  int live() {
    return live;
  }

  void add(TaskState<?> t) {
    if (size == places.length) {
      places = Arrays.copyOf(places, size * 2);
    }
    places[size] = t;
    size++;
    live++;
  }

  /** Mostly it is the one whose turn it is, or an async call that has just begun. */
  void remove(TaskState<?> t) {
    int i = at >= 0 && at < size && places[at] == t ? at : size - 1;
    while (i >= 0 && places[i] != t) {
      i--;
    }
    if (i >= 0) {
      places[i] = null;
      live--;
    }
  }

  /** A tick begins. */
  void begin() {
    at = -1;
    last = size;
  }

  /** The next that has a turn in this tick; null if there is none. */
  @Nullable TaskState<?> next() {
    TaskState<?> t = null;
    while (t == null && ++at < last) {
      if ((at & BLOCK - 1) == 0) {
        readAhead();
      }
      t = places[at];
    }
    return t;
  }

  private void readAhead() {
    int sum = 0;
    for (int i = at, end = Math.min(at + BLOCK, last); i < end; i++) {
      TaskState<?> t = places[i];
      sum += t == null ? 0 : Ticking.readAhead(t);
    }
    read = sum;
  }

  /** The tick is over. */
  void end() {
    at = -1;
    if (size - live > size / 4) {
      close();
    }
  }

  private void close() {
    int n = 0;
    for (int i = 0; i < size; i++) {
      TaskState<?> t = places[i];
      if (t != null) {
        places[n++] = t;
      }
    }
    Arrays.fill(places, n, size, null);
    size = n;
  }

  /** Those that have not ended. Any thread. */
  List<TaskState<?>> copy() {
    List<TaskState<?>> all = new ArrayList<>(live);
    @Nullable TaskState<?>[] seen = places;
    for (int i = 0; i < Math.min(size, seen.length); i++) {
      TaskState<?> t = seen[i];
      if (t != null) {
        all.add(t);
      }
    }
    return all;
  }
}
