package dev.coweave.loop;

import dev.coweave.task.Timer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Timers by deadline, those of the same deadline in order of arrival: a heap in which each knows its place. Not thread-safe. */
class TimerHeap {
  // Four children a node, and the deadlines in an array of their own: those that are compared lie
  // side by side, where the timers of a large heap are all over the memory.
  private static final int CHILDREN = 4;

  // Small at first: each plain call of a coroutine has a loop, and most have no timer.
  private @Nullable Timer[] heap = new Timer[1];
  private long[] deadlines = new long[1];
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
    return heap[0];
  }

  void add(Timer t) {
    if (size == heap.length) {
      @Nullable Timer[] larger = Arrays.copyOf(heap, size * 2);
      deadlines = Arrays.copyOf(deadlines, size * 2);
      heap = larger;
    }
    t.order = arrivals++;
    try {
      up(size++, t);
    } catch (VirtualMachineError e) {
      rebuildWithout(t);
      throw e;
    }
  }

  /** Takes a timer out; nothing happens if it isn't in. */
  void remove(Timer t) {
    int i = t.index;
    if (i < 0) {
      return;
    }
    t.index = -1;
    Timer last = heap[--size];
    try {
      if (i != size) {
        down(i, last);
        if (last.index == i) {
          up(i, last);
        }
      }
      heap[size] = null;
    } catch (VirtualMachineError e) {
      rebuildWithout(t);
    }
  }

  /** The stack ran out in the middle of a change, in which each of the others is somewhere in the array, one perhaps twice. */
  private void rebuildWithout(Timer t) {
    for (Timer other : heap) {
      if (other != null) {
        other.index = -2;
      }
    }
    t.index = -1;
    int n = 0;
    for (int i = 0; i < heap.length; i++) {
      Timer other = heap[i];
      heap[i] = null;
      if (other != null && other.index == -2) {
        put(n++, other);
      }
    }
    size = n;
    for (int i = n / CHILDREN; i >= 0 && n > 0; i--) {
      Timer parent = heap[i];
      if (parent != null) {
        down(i, parent);
      }
    }
  }

  private void up(int at, Timer t) {
    int i = at;
    while (i > 0) {
      int parent = (i - 1) / CHILDREN;
      if (!isBefore(t, parent)) {
        break;
      }
      put(i, heap[parent]);
      i = parent;
    }
    put(i, t);
  }

  private void down(int at, Timer t) {
    int i = at;
    int child = firstOfChildren(i);
    while (child < size && !isBefore(t, child)) {
      put(i, heap[child]);
      i = child;
      child = firstOfChildren(i);
    }
    put(i, t);
  }

  /** The child that fires first; no less than the size if there is none. */
  private int firstOfChildren(int i) {
    int first = CHILDREN * i + 1;
    int end = Math.min(first + CHILDREN, size);
    for (int c = first + 1; c < end; c++) {
      long d = deadlines[c] - deadlines[first];
      if (d < 0 || (d == 0 && heap[c].order - heap[first].order < 0)) {
        first = c;
      }
    }
    return first;
  }

  private void put(int i, Timer t) {
    heap[i] = t;
    deadlines[i] = t.deadline;
    t.index = i;
  }

  /** Whether a timer fires before the one at a place. */
  private boolean isBefore(Timer t, int at) {
    // By difference, as System.nanoTime demands.
    long d = t.deadline - deadlines[at];
    return d != 0 ? d < 0 : t.order - heap[at].order < 0;
  }
}
