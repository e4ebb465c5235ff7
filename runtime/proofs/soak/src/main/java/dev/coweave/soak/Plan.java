package dev.coweave.soak;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * One connection, as the seed of the run decides it: both sides know it by its number.
 *
 * @param length how many bytes the client sends
 * @param at where in them a fault strikes that has a place
 */
record Plan(long seed, int number, Fault fault, int length, int at) {
  /** The number, which the client sends first. */
  static final int HEADER = Integer.BYTES;

  private static final Fault[] FAULTS = Fault.values();

  static Plan of(long runSeed, int number) {
    SplittableRandom random = new SplittableRandom(runSeed * 1_000_003 + number);
    Fault fault = FAULTS[random.nextInt(FAULTS.length)];
    int length =
        switch (fault) {
          case SLOW_CLIENT_READS, SERVER_STALLS, SERVER_CANCELLED, SERVER_CLOSED -> 100_000;
          case WRITE_CANCELLED -> 1_000_000; // more than the buffers on the way hold
          default -> 1 << random.nextInt(18);
        };
    length += random.nextInt(length);
    return new Plan(random.nextLong(), number, fault, length, random.nextInt(length));
  }

  /** Random numbers for one of its purposes. */
  SplittableRandom random(int purpose) {
    return new SplittableRandom(seed + purpose);
  }

  private byte byteAt(int index) {
    return (byte) (((seed ^ index) * 0x9E3779B97F4A7C15L) >>> 56);
  }

  /** Some of what the client sends. */
  ByteBuffer bytes(int from, int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = byteAt(from + i);
    }
    return ByteBuffer.wrap(bytes);
  }

  /**
   * Compares what came with what the client sends.
   *
   * @param from how much had come before
   * @param buffer from position to limit
   * @return how many bytes these are
   */
  int verify(int from, ByteBuffer buffer) {
    int n = buffer.remaining();
    for (int i = 0; i < n; i++) {
      if (from + i >= length || buffer.get() != byteAt(from + i)) {
        throw new AssertionError("byte " + (from + i) + " of " + length + " is not what was sent");
      }
    }
    return n;
  }

  @Override
  public String toString() {
    return "connection " + number + ", " + fault + " at " + at + " of " + length;
  }
}
