package dev.coweave.io;

import java.nio.ByteBuffer;

/** Bytes that have come and are not taken yet; holds no memory while there are none, for most connections mostly wait. Not thread-safe. */
final class ByteQueue {
  /** The bytes that are there, from position to limit; between {@link #open} and {@link #close} the room behind them. */
  private ByteBuffer bytes = Buffers.EMPTY;

  /** Where the bytes begin while it is open. */
  private int start;

  /** Returns the bytes that are there, from position to limit, to be taken; {@link #release} follows. */
  ByteBuffer content() {
    return bytes;
  }

  int size() {
    return bytes.remaining();
  }

  boolean isEmpty() {
    return !bytes.hasRemaining();
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
    int size = bytes.remaining();
    if (bytes.capacity() - size < room) {
      ByteBuffer larger = Buffers.take(size + room).put(bytes).flip();
      Buffers.give(bytes);
      bytes = larger;
    } else if (bytes.capacity() - bytes.limit() < room) {
      bytes.compact().flip();
    }
    start = bytes.position();
    int end = bytes.limit();
    return bytes.limit(bytes.capacity()).position(end);
  }

  /** The bytes that were put are there. */
  void close() {
    bytes.flip().position(start);
    release();
  }

  /** Takes what fits; how many bytes. */
  int take(ByteBuffer to) {
    int n = Math.min(to.remaining(), bytes.remaining());
    to.put(bytes.slice(bytes.position(), n));
    skip(n);
    return n;
  }

  void skip(int n) {
    bytes.position(bytes.position() + n);
    release();
  }

  /** Gives the memory up if nothing is there. */
  void release() {
    if (!bytes.hasRemaining()) {
      Buffers.give(bytes);
      bytes = Buffers.EMPTY;
    }
  }
}
