package dev.coweave.loop;

import dev.coweave.task.Timer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Timers by deadline, those of the same deadline in order of arrival: a heap in which each knows its place. Not thread-safe. */
class TimerHeap {
  // Four children a node. What moves are deadlines and slots, numbers that lie side by side: the
  // timers themselves stay where they are, for a reference that moves costs a barrier, and those of
  // a large heap are all over the memory.
  //
  // add and remove call nothing once they change something: a stack that is full can't cut them in
  // the middle. So the way up is written twice.
  private static final int CHILDREN = 4;

  // Small at first: each plain call of a coroutine has a loop, and most have no timer.
  private long[] deadlines = new long[1];

  /** The slots of the heap's timers; behind them those that are free. */
  private int[] slots = new int[1];

  /** By slot: the timer, when it came, and its place in the heap. */
  private @Nullable Timer[] timers = new Timer[1];

  private long[] orders = new long[1];
  private int[] places = new int[1];
  private int size;
  private long arrivals;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  /** The next to fire, or null. */
  @Nullable Timer first() {
    return size == 0 ? null : timers[slots[0]];
  }

  /** When the first is due; there must be one. */
  long firstDeadline() {
    return deadlines[0];
  }

  /**
   * Puts a timer in, which is in no heap.
   *
   * @param deadline when it is due, in nanoseconds of the scheduler's clock
   */
  void add(Timer t, long deadline) {
    if (size == slots.length) {
      grow();
    }
    int slot = slots[size];
    t.slot(slot);
    int i = size++;
    while (i > 0) {
      int parent = (i - 1) / CHILDREN;
      if (deadline - deadlines[parent] >= 0) { // By difference, as System.nanoTime demands.
        break; // One of the same deadline came first.
      }
      deadlines[i] = deadlines[parent];
      slots[i] = slots[parent];
      places[slots[i]] = i;
      i = parent;
    }
    deadlines[i] = deadline;
    slots[i] = slot;
    places[slot] = i;
    orders[slot] = arrivals++;
    timers[slot] = t;
  }

  /** Fires the first; there must be one. Where memory or stack runs out it fires again: what it does, it does once. */
  void fireFirst() {
    Timer first = timers[slots[0]];
    long deadline = deadlines[0];
    remove(first);
    try {
      first.fire();
    } catch (VirtualMachineError e) {
      add(first, deadline);
      throw e;
    }
  }

  private void grow() {
    int n = slots.length;
    long[] moreDeadlines = Arrays.copyOf(deadlines, 2 * n);
    int[] moreSlots = Arrays.copyOf(slots, 2 * n);
    @Nullable Timer[] moreTimers = Arrays.copyOf(timers, 2 * n);
    long[] moreOrders = Arrays.copyOf(orders, 2 * n);
    int[] morePlaces = Arrays.copyOf(places, 2 * n);
    for (int i = n; i < 2 * n; i++) {
      moreSlots[i] = i;
    }
    deadlines = moreDeadlines;
    slots = moreSlots;
    timers = moreTimers;
    orders = moreOrders;
    places = morePlaces;
  }

  /** Takes a timer out; nothing happens if it isn't in. */
  void remove(Timer t) {
    int free = t.slot();
    if (free < 0) {
      return;
    }
    t.slot(-1);
    timers[free] = null;
    int i = places[free];
    int n = --size;
    int slot = slots[n];
    slots[n] = free;
    if (i == n) {
      return;
    }
    // The last one fills the gap, but first that sinks to the bottom, where the last one mostly
    // belongs: so it is compared with few.
    long deadline = deadlines[n];
    for (int child = CHILDREN * i + 1; child < n; child = CHILDREN * i + 1) {
      int first = child;
      long least = deadlines[child];
      int end = Math.min(child + CHILDREN, n);
      for (int c = child + 1; c < end; c++) {
        long d = deadlines[c] - least;
        if (d == 0 && orders[slots[c]] < orders[slots[first]]) {
          first = c;
        }
        // By arithmetic, for no processor predicts which of them is less.
        long ifLess = d >> 63;
        least += d & ifLess;
        first += (c - first) & (int) ifLess;
      }
      deadlines[i] = least;
      slots[i] = slots[first];
      places[slots[i]] = i;
      i = first;
    }
    while (i > 0) {
      int parent = (i - 1) / CHILDREN;
      long d = deadline - deadlines[parent];
      if (d > 0 || (d == 0 && orders[slot] > orders[slots[parent]])) {
        break;
      }
      deadlines[i] = deadlines[parent];
      slots[i] = slots[parent];
      places[slots[i]] = i;
      i = parent;
    }
    deadlines[i] = deadline;
    slots[i] = slot;
    places[slot] = i;
  }
}
