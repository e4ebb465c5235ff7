package dev.coweave.loop;

import dev.coweave.task.Timer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Timers by deadline, those of the same deadline in order of arrival: a binary heap in which each knows its place. Not thread-safe. */
final class TimerHeap {
  private @Nullable Timer[] heap = new Timer[16];
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
      heap = Arrays.copyOf(heap, size * 2);
    }
    t.order = arrivals++;
    up(size++, t);
  }

  /** Takes a timer out; nothing happens if it isn't in. */
  void remove(Timer t) {
    int i = t.index;
    if (i < 0) {
      return;
    }
    t.index = -1;
    Timer last = heap[--size];
    heap[size] = null;
    if (i == size) {
      return;
    }
    down(i, last);
    if (last.index == i) {
      up(i, last);
    }
  }

  private void up(int at, Timer t) {
    int i = at;
    while (i > 0) {
      int parent = (i - 1) >>> 1;
      if (!before(t, heap[parent])) {
        break;
      }
      put(i, heap[parent]);
      i = parent;
    }
    put(i, t);
  }

  private void down(int at, Timer t) {
    int i = at;
    while (2 * i + 1 < size) {
      int child = 2 * i + 1;
      if (child + 1 < size && before(heap[child + 1], heap[child])) {
        child++;
      }
      if (!before(heap[child], t)) {
        break;
      }
      put(i, heap[child]);
      i = child;
    }
    put(i, t);
  }

  private void put(int i, Timer t) {
    heap[i] = t;
    t.index = i;
  }

  private static boolean before(Timer a, Timer b) {
    // By difference, as System.nanoTime demands.
    long d = a.deadline - b.deadline;
    return d != 0 ? d < 0 : a.order - b.order < 0;
  }
}
