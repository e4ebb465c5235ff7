package dev.coweave.io;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;

/** Buffers that wait for their next connection: one that has nothing to read holds none. Thread-safe. */
final class Buffers {
  static final int SIZE = 8192;
  static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

  private static final ArrayBlockingQueue<ByteBuffer> FREE = new ArrayBlockingQueue<>(64);

  private Buffers() {}

  /** An empty buffer to be filled, of a capacity or more. */
  static ByteBuffer take(int capacity) {
    ByteBuffer free = capacity <= SIZE ? FREE.poll() : null;
    return free != null ? free : ByteBuffer.allocate(Math.max(capacity, SIZE));
  }

  /** A buffer is no longer used. */
  static void give(ByteBuffer used) {
    if (used.capacity() == SIZE) {
      boolean unused = FREE.offer(used.clear());
    }
  }
}
