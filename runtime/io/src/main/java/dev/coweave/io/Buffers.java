package dev.coweave.io;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/** Buffers that wait for their next connection: one that has nothing to read holds none. Thread-safe. */
final class Buffers {
  static final int SIZE = 8192;

  /** Holds a record of TLS, of 16 KB and its envelope. */
  private static final int LARGE = 17 * 1024;

  static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  private static final ArrayBlockingQueue<ByteBuffer> FREE = new ArrayBlockingQueue<>(64);
  private static final ArrayBlockingQueue<ByteBuffer> FREE_LARGE = new ArrayBlockingQueue<>(64);

  private Buffers() {}

  /** An empty buffer to be filled, of a capacity or more. */
  static ByteBuffer take(int capacity) {
    if (capacity > LARGE) {
      return ByteBuffer.allocate(capacity);
    }
    boolean small = capacity <= SIZE;
    ByteBuffer free = (small ? FREE : FREE_LARGE).poll();
    return free != null ? free : ByteBuffer.allocate(small ? SIZE : LARGE);
  }

  /** A buffer is no longer used. */
  static void give(ByteBuffer used) {
    if (used.capacity() == SIZE) {
      boolean unused = FREE.offer(used.clear());
    } else if (used.capacity() == LARGE) {
      boolean unused = FREE_LARGE.offer(used.clear());
    }
  }
}
