package dev.coweave.benchmarks.programs;

import java.util.Arrays;

/** Times, each kept with an error of less than one in a hundred: a power of two, and a hundred and twenty-eighth of it. */
final class Latencies {
  private static final int STEPS = 128;

  private final long[] counts = new long[64 * STEPS];
  private long total;

  void add(long nanos) {
    long n = Math.max(nanos, STEPS);
    int power = 63 - Long.numberOfLeadingZeros(n);
    int step = (int) ((n >>> (power - 7)) - STEPS);
    counts[power * STEPS + step]++;
    total++;
  }

  void add(Latencies others) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += others.counts[i];
    }
    total += others.total;
  }

  void clear() {
    Arrays.fill(counts, 0);
    total = 0;
  }

  long count() {
    return total;
  }

  /**
   * The time within which a part of them was done.
   *
   * @param part such as 0.99
   * @return milliseconds
   */
  double within(double part) {
    long left = (long) Math.ceil(total * part);
    for (int i = 0; i < counts.length; i++) {
      left -= counts[i];
      if (left <= 0) {
        int power = i / STEPS;
        return (double) ((long) (i % STEPS + STEPS) << (power - 7)) / 1e6;
      }
    }
    return Double.NaN;
  }
}
