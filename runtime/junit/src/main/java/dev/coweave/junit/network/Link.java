package dev.coweave.junit.network;

import java.util.random.RandomGenerator;

/** The way from one host to another. */
final class Link {
  /** How long TCP waits before it sends a lost segment again the first time, in nanoseconds; each next time twice as long (RFC 6298, as Linux does). */
  private static final long RETRANSMISSION = 200_000_000;

  /** How long it waits at most. */
  private static final long LONGEST_RETRANSMISSION = 120_000_000_000L;

  /** After how many attempts it gives up: after a quarter of an hour (Linux's {@code tcp_retries2}). */
  static final int ATTEMPTS = 15;

  private final RandomGenerator random;
  Conditions conditions;

  /** Nothing passes. */
  boolean cut;

  Link(RandomGenerator random, Conditions conditions) {
    this.random = random;
    this.conditions = conditions;
  }

  /** How long the next packet takes. */
  long delay() {
    long spread = conditions.most() - conditions.least();
    return conditions.least() + (spread > 0 ? random.nextLong(spread + 1) : 0);
  }

  /** How long the next segment of TCP takes: one that is lost is sent again. */
  long delayOfSegment() {
    long delay = delay();
    for (int i = 0; i < ATTEMPTS && losesNext(); i++) {
      delay += retransmission(i);
    }
    return delay;
  }

  /** How long bytes take to get onto the wire. */
  long duration(int bytes) {
    return conditions.rate() == 0 ? 0 : bytes * 1_000_000_000L / conditions.rate();
  }

  boolean losesNext() {
    return happens(conditions.loss());
  }

  boolean copiesNext() {
    return happens(conditions.copies());
  }

  boolean resetsNext() {
    return happens(conditions.resets());
  }

  private boolean happens(double probability) {
    return probability > 0 && random.nextDouble() < probability;
  }

  /** How long TCP waits before an attempt, counted from 0. */
  static long retransmission(int attempt) {
    return Math.min(RETRANSMISSION << Math.min(attempt, 20), LONGEST_RETRANSMISSION);
  }
}
