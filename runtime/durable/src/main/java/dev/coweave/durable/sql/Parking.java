package dev.coweave.durable.sql;

import org.jspecify.annotations.Nullable;

/**
 * How a run rests after a checkpoint.
 *
 * @param keep whether the node goes on with it at once
 * @param due when it is to go on, in milliseconds; null if only something else wakes it
 * @param waitsFor what it waits for, or null
 * @param deadline until when, or null
 */
public record Parking(
    boolean keep, @Nullable Long due, @Nullable String waitsFor, @Nullable Long deadline) {
  /** It goes on at once. */
  public static final Parking NONE = new Parking(true, null, null, null);
}
