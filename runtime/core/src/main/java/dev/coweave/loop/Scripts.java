package dev.coweave.loop;

import dev.coweave.coroutine.Frame;
import dev.coweave.task.TaskState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The scripts of a {@link TickLoop} in the order of their start, and what each of them waits for. For the thread that ticks; others see some
 * moment.
 */
final class Scripts {
  // A table, by columns: so a script that waits for a later tick costs 8 bytes, which are read in
  // order, and one that has its turn those and its frame. Its task is touched only where more is to
  // be done; docs/adr/0030 has what that saves.
  //
  // Scripts that have ended leave holes, which are closed when there are many: never within a tick,
  // for a script's place is known while it runs.

  /** The tick of a script that waits for a condition. */
  static final long CONDITION = Long.MAX_VALUE;

  /** The last tick that a script may wait for. */
  static final long LAST = CONDITION - 2;

  /** The tick of a hole. */
  private static final long NEVER = CONDITION - 1;

  /** 2 to this many nanoseconds, some 67 ms. */
  private static final int UNIT = 26;

  private @Nullable TaskState<?>[] tasks = new TaskState<?>[16];

  /** The tick in which each has its turn, 0 for the next; its complement if its task is to be looked at in each tick. */
  private long[] dues = new long[16];

  /** Where each is parked, if its task need not be looked at. */
  private @Nullable Frame[] frames = new Frame[16];

  /** The condition of each, or its last: a condition that is asked again and again is not stored again, for a store costs a barrier. */
  private @Nullable BooleanSupplier[] conditions = new BooleanSupplier[16];

  /** When the wait of each began, in {@link #UNIT}s: not stored again in each tick. */
  private int[] since = new int[16];

  private int size;
  private int live;

  /** The place whose turn it is; -1 between ticks. */
  private int at = -1;

  /** How many have turns in this tick: not those that start in it. */
  private int last;

  int live() {
    return live;
  }

  // ---- who is in it

  void add(TaskState<?> t) {
    if (size == tasks.length) {
      grow(size * 2);
    }
    tasks[size] = t;
    dues[size] = ~0L;
    size++;
    live++;
  }

  private void grow(int length) {
    frames = Arrays.copyOf(frames, length);
    conditions = Arrays.copyOf(conditions, length);
    since = Arrays.copyOf(since, length);
    dues = Arrays.copyOf(dues, length);
    tasks = Arrays.copyOf(tasks, length); // Last: where memory runs out, all is as it was.
  }

  void remove(TaskState<?> t) {
    int i = find(t, at);
    if (i >= 0) {
      tasks[i] = null;
      dues[i] = NEVER;
      frames[i] = null;
      conditions[i] = null;
      live--;
    }
  }

  /**
   * The place of a script; -1 if it has none. Any thread.
   *
   * @param guess where it may be; mostly it is there, or the last, an async call that has just begun
   */
  int find(TaskState<?> t, int guess) {
    @Nullable TaskState<?>[] seen = tasks;
    int i = Math.min(size, seen.length) - 1;
    if (guess >= 0 && guess <= i && seen[guess] == t) {
      return guess;
    }
    while (i >= 0 && seen[i] != t) {
      i--;
    }
    return i;
  }

  /** How many places there are. */
  int size() {
    return size;
  }

  /** The script at a place; null for a hole. */
  @Nullable TaskState<?> at(int i) {
    return tasks[i];
  }

  /** Those that have not ended. Any thread. */
  List<TaskState<?>> copy() {
    List<TaskState<?>> all = new ArrayList<>(live);
    @Nullable TaskState<?>[] seen = tasks;
    for (int i = 0; i < Math.min(size, seen.length); i++) {
      TaskState<?> t = seen[i];
      if (t != null) {
        all.add(t);
      }
    }
    return all;
  }

  // ---- what they wait for

  /** The tick of a script's turn, 0 for the next, {@link #CONDITION}, or the complement of one of them if its task is to be looked at. */
  long due(int i) {
    return dues[i];
  }

  /** The tick of a script's turn, or {@link #CONDITION}. */
  long tick(int i) {
    long due = dues[i];
    return due < 0 ? ~due : due;
  }

  @Nullable Frame frame(int i) {
    return frames[i];
  }

  boolean holds(int i) {
    return Objects.requireNonNull(conditions[i]).getAsBoolean();
  }

  long since(int i) {
    return (long) since[i] << UNIT;
  }

  /** A script waits for a condition, or begins to. */
  void condition(int i, BooleanSupplier condition, long now) {
    if (conditions[i] != condition) {
      conditions[i] = condition;
    }
    waits(i, now);
  }

  void waits(int i, long now) {
    int began = (int) (now >> UNIT);
    if (since[i] != began) {
      since[i] = began;
    }
  }

  /** A script that waits for a tick or a condition and nothing else is parked. */
  void quiet(int i, Frame f, long due) {
    if (frames[i] != f) {
      frames[i] = f;
    }
    if (dues[i] != due) {
      dues[i] = due;
    }
  }

  /** The task of a script that is parked is to be looked at in each tick. */
  void look(int i, long due) {
    frames[i] = null;
    if (due != CONDITION) {
      conditions[i] = null;
    }
    dues[i] = ~due;
  }

  // ---- a tick

  /** A tick begins. */
  void begin() {
    at = -1;
    last = size;
  }

  /** The place whose turn it is; -1 between ticks. */
  int at() {
    return at;
  }

  /**
   * Goes to the next that has a turn in a tick, or is to be asked.
   *
   * @param tick which tick it is
   * @param all whether all are
   * @return its place; -1 if there is none
   */
  int next(long tick, boolean all) {
    int i = at + 1;
    for (; i < last; i++) {
      long due = dues[i];
      if (due <= tick || due == CONDITION || all && due != NEVER) {
        at = i;
        return i;
      }
    }
    at = last;
    return -1;
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
      if (tasks[i] != null) {
        tasks[n] = tasks[i];
        dues[n] = dues[i];
        frames[n] = frames[i];
        conditions[n] = conditions[i];
        since[n] = since[i];
        n++;
      }
    }
    // Calls nothing, which could be cut off: the same script would be there twice.
    for (int i = n; i < size; i++) {
      tasks[i] = null;
      frames[i] = null;
      conditions[i] = null;
    }
    size = n;
  }
}
