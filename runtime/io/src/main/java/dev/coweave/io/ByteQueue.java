package dev.coweave.io;

import java.nio.ByteBuffer;

/** Bytes that have come and are not taken yet; holds no memory while there are none, for most connections mostly wait. Not thread-safe. */
final class ByteQueue {
  /** The bytes that are there, from position to limit; between {@link #open} and {@link #close} the room behind them. */
  private ByteBuffer bytes = Buffers.EMPTY;

  /** Where the bytes begin while it is open. */
  private int start;

  /** Room was opened, and is to be closed: by the next operation, if the stack was full for {@link #close}. */
  private boolean open;

  /** Returns the bytes that are there, from position to limit, to be taken; {@link #release} follows. */
  ByteBuffer content() {
    close();
    return bytes;
  }

  int size() {
    close();
    return bytes.remaining();
  }

  boolean isEmpty() {
    return size() == 0;
  }

  byte get(int index) {
    return bytes.get(bytes.position() + index);
  }

  /**
   * Opens room to put bytes into; {@link #close} follows.
   *
   * @param room how many bytes there must be room for
   */
  ByteBuffer open(int room) {
    int size = size();
    if (bytes.capacity() - size < room) {
      ByteBuffer smaller = bytes;
      bytes = Buffers.take(size + room).put(smaller).flip();
      Buffers.give(smaller);
    } else if (bytes.capacity() - bytes.limit() < room) {
      bytes.compact().flip();
    }
    start = bytes.position();
    int end = bytes.limit();
    open = true;
    return bytes.limit(bytes.capacity()).position(end);
  }

  /** The bytes that were put are there. */
  void close() {
    if (open) {
      bytes.flip().position(start);
      open = false;
      release();
    }
  }

  /** Copies the first bytes. */
  void copy(byte[] to) {
    close();
    bytes.get(bytes.position(), to);
  }

  /** Takes what fits; how many bytes. */
  int take(ByteBuffer to) {
    int n = Math.min(to.remaining(), size());
    int from = bytes.position();
    to.put(bytes.slice(from, n));
    // Nothing of ours is called in between: the bytes would be in both.
    bytes.position(from + n);
    try {
      release();
    } catch (VirtualMachineError e) {
      // The bytes are taken all the same; the memory is given up another time.
    }
    return n;
  }

  void skip(int n) {
    bytes.position(bytes.position() + n);
    try {
      release();
    } catch (VirtualMachineError e) {
      // as in take
    }
  }

  /** Gives the memory up if nothing is there. */
  void release() {
    if (!bytes.hasRemaining()) {
      ByteBuffer unused = bytes;
      bytes = Buffers.EMPTY;
      Buffers.give(unused);
    }
  }
}
