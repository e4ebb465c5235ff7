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

  /** Moves the oldest behind all others, in their order. Allocates nothing. */
  void moveToEnd(int oldest) {
    if (oldest == size) {
      return;
    }
    int mask = ring.length - 1;
    for (int i = 0; i < oldest; i++) {
      Object o = ring[head];
      ring[head] = null;
      ring[(head + size) & mask] = o; // the same place if the ring is full
      head = (head + 1) & mask;
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
