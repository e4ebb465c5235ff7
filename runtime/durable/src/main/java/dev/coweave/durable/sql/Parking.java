package dev.coweave.durable.sql;

import org.jspecify.annotations.Nullable;

/**
 * How a run rests after a checkpoint.
 *
 * @param keep whether the node goes on with it at once
 * @param delay after how many milliseconds it is to go on; null if only something else wakes it
 * @param waitsFor what it waits for, or null
 * @param timeout for how many milliseconds it waits for that; null for as long as it takes
 */
public record Parking(
    boolean keep, @Nullable Long delay, @Nullable String waitsFor, @Nullable Long timeout) {
  /** It goes on at once. */
  public static final Parking NONE = new Parking(true, null, null, null);
}
