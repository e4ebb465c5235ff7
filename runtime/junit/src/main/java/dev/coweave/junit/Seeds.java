package dev.coweave.junit;

import java.util.SplittableRandom;

/** What is drawn from a seed: streams that don't disturb each other, so that another schedule leaves the world's chances as they are. */
final class Seeds {
  static final int SCHEDULE = 1;
  static final int WORLD = 2;
  static final int TEST = 3;
  static final int CHOICES = 4;

  /** An odd number without a pattern: the golden ratio's, as in SplitMix64. */
  private static final long MIX = 0x9E3779B97F4A7C15L;

  private Seeds() {}

  static SplittableRandom stream(long seed, int which) {
    return new SplittableRandom(new SplittableRandom(seed * MIX + which).nextLong());
  }
}
