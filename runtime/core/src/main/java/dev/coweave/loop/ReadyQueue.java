package dev.coweave.loop;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Keeps what is ready to run, first in, first out: a ring of tasks and other things. Not thread-safe. */
class ReadyQueue {
  private @Nullable Object[] ring = new Object[16];
  private int head;
  private int size;

  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  void add(Object o) {
    int n = size;
    if (n == ring.length) {
      grow();
    }
    ring[(head + n) & (ring.length - 1)] = o;
    size = n + 1;
  }

  /** The oldest; there must be one. */
  @SuppressWarnings("NullAway") // the ring's first places are filled
  Object first() {
    return ring[head];
  }

  /** Takes the oldest; there must be one. */
  @SuppressWarnings("NullAway") // the ring's first places are filled
  Object take() {
    int h = head;
    Object o = ring[h];
    ring[h] = null;
    head = (h + 1) & (ring.length - 1);
    size--;
    return o;
  }

  /** Whether it is the newest. */
  boolean isLast(Object o) {
    return size > 0 && ring[(head + size - 1) & (ring.length - 1)] == o;
  }

  /**
   * Moves one behind all others. Allocates nothing.
   *
   * @param place how many are older; nothing moves if it is the newest, or there are no more
   */
  void moveToEnd(int place) {
    if (place < size - 1) {
      int mask = ring.length - 1;
      Object o = ring[(head + place) & mask];
      for (int i = place; i < size - 1; i++) {
        ring[(head + i) & mask] = ring[(head + i + 1) & mask];
      }
      ring[(head + size - 1) & mask] = o;
    }
  }

  /** Puts what is ready in another order. */
  void shuffle(SplittableRandom random) {
    for (int i = size - 1; i > 0; i--) {
      int a = (head + i) & (ring.length - 1);
      int b = (head + random.nextInt(i + 1)) & (ring.length - 1);
      Object o = ring[a];
      ring[a] = ring[b];
      ring[b] = o;
    }
  }

  private void grow() {
    @Nullable Object[] old = ring;
    @Nullable Object[] bigger = Arrays.copyOfRange(old, head, head + old.length * 2);
    System.arraycopy(old, 0, bigger, old.length - head, head);
    ring = bigger;
    head = 0;
  }
}
