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
  // The root stays vacant when its timer has fired: mostly what that wakes sets the next timer,
  // which takes the root and sinks. So the heap is put in order once, not twice; and the root's
  // first child, which was looked for to see when the next is due, is the first that rises.
  //
  // Only put changes anything but the vacancy, and it calls nothing: a stack that is full can't cut
  // it in the middle.
  private static final int CHILDREN = 4;

  // Small at first: each plain call of a coroutine has a loop, and most have no timer.
  private long[] deadlines = new long[1];

  /** The slots of the heap's timers; behind them those that are free. */
  private int[] slots = new int[1];

  /** By slot: the timer, when it came (by difference, for an int overflows), and its place in the heap. */
  private @Nullable Timer[] timers = new Timer[1];

  private int[] orders = new int[1];
  private int[] places = new int[1];

  /** How many places are in use, a vacant root among them. */
  private int used;

  /** The first has fired, and none has taken its place. Its deadline is there still: no other is earlier. */
  private boolean vacant;

  /** While the root is vacant: its first child; 0 as long as nobody has looked. */
  private int next;

  private int arrivals;

  TimerHeap() {
    this(0);
  }

  /**
   * An empty one.
   *
   * @param arrivals how many have come before
   */
  TimerHeap(int arrivals) {
    this.arrivals = arrivals;
  }

  boolean isEmpty() {
    return size() == 0;
  }

  int size() {
    return vacant ? used - 1 : used;
  }

  /** When the first is due; there must be one. */
  long firstDeadline() {
    if (!vacant) {
      return deadlines[0];
    }
    if (next == 0) {
      next = least(1, used);
    }
    return deadlines[next];
  }

  /**
   * Puts a timer in, which is in no heap.
   *
   * @param deadline when it is due, in nanoseconds of the scheduler's clock
   */
  void add(Timer t, long deadline) {
    if (!vacant && used == slots.length) {
      grow();
    }
    int place = vacant ? 0 : used;
    int slot = slots[place];
    t.slot(slot);
    put(t, deadline, slot, place);
  }

  /** Takes a timer out; nothing happens if it isn't in. */
  void remove(Timer t) {
    int slot = t.slot();
    if (slot >= 0 && slot < timers.length && timers[slot] == t) {
      put(null, 0, slot, places[slot]);
    }
  }

  /** Fires the first; there must be one. Where memory or stack runs out it fires again: what it does, it does once. */
  void fireFirst() {
    if (vacant) {
      put(null, 0, slots[0], 0);
    }
    int slot = slots[0];
    Timer first = timers[slot];
    long deadline = deadlines[0];
    timers[slot] = null;
    vacant = true;
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
    int[] moreOrders = Arrays.copyOf(orders, 2 * n);
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

  /**
   * A place becomes another timer's: one that comes, or the last one's, if a slot becomes free. The gap sinks, or rises, to where that belongs.
   *
   * @param t the one that comes; null if one goes
   * @param deadline of the one that comes
   * @param slot of the one that comes or goes
   * @param gap the place
   */
  private void put(@Nullable Timer t, long deadline, int slot, int gap) {
    timers[slot] = t;
    int known = t != null && gap == 0 ? next : 0;
    next = 0;
    if (t != null) {
      orders[slot] = arrivals++;
      if (!vacant) {
        used++;
      }
      vacant = false;
    } else {
      used--;
      vacant &= gap > 0;
      int last = slots[used];
      slots[used] = slot;
      if (gap == used) {
        return;
      }
      slot = last;
      deadline = deadlines[used];
    }
    int i = gap;
    int n = used;
    for (int child = CHILDREN * i + 1; child < n; child = CHILDREN * i + 1) {
      int first = i == 0 && known > 0 ? known : least(child, n);
      long d = deadlines[first] - deadline;
      if (d > 0 || (d == 0 && orders[slots[first]] - orders[slot] > 0)) {
        break;
      }
      deadlines[i] = deadlines[first];
      slots[i] = slots[first];
      places[slots[i]] = i;
      i = first;
    }
    while (i > 0) {
      int parent = (i - 1) / CHILDREN;
      long d = deadline - deadlines[parent];
      if (d > 0 || (d == 0 && orders[slot] - orders[slots[parent]] > 0)) {
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

  /**
   * The first of a node's children.
   *
   * @param child the leftmost
   * @param n how many places are in use
   */
  private int least(int child, int n) {
    // By arithmetic, for no processor predicts which of them is less; and by pairs, two of which
    // it compares at once. By difference, as System.nanoTime demands.
    int first = child;
    if (child + CHILDREN <= n) {
      long d = deadlines[child + 1] - deadlines[child];
      if (d == 0) {
        d = orders[slots[child + 1]] - orders[slots[child]];
      }
      long e = deadlines[child + 3] - deadlines[child + 2];
      if (e == 0) {
        e = orders[slots[child + 3]] - orders[slots[child + 2]];
      }
      first = child - (int) (d >> 63);
      int second = child + 2 - (int) (e >> 63);
      long f = deadlines[second] - deadlines[first];
      if (f == 0) {
        f = orders[slots[second]] - orders[slots[first]];
      }
      first += (second - first) & (int) (f >> 63);
    } else {
      for (int c = child + 1; c < n; c++) {
        long d = deadlines[c] - deadlines[first];
        if (d == 0) {
          d = orders[slots[c]] - orders[slots[first]];
        }
        first += (c - first) & (int) (d >> 63);
      }
    }
    return first;
  }
}
