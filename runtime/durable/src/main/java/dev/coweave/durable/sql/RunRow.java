package dev.coweave.durable.sql;

import org.jspecify.annotations.Nullable;

/**
 * A run that a node has claimed.
 *
 * @param id its id
 * @param incarnation a number that no other run has, of the same id either
 * @param owner the class of its outermost method
 * @param method that method's durable name
 * @param fence rises with each claim; what an older claim writes is refused
 * @param checkpoint how many checkpoints there were
 * @param state the text of its frames, at the last of them
 * @param waitsFor what it waits for, or null
 * @param deadline until when, or null
 * @param claims how often it was claimed since its last checkpoint
 * @param attempts how often the step after it was tried
 * @param cancel whether it is cancelled
 * @param now the time
 * @param needs what nodes that had it before lacked, a line each, or null
 */
public record RunRow(
    String id,
    long incarnation,
    String owner,
    String method,
    long fence,
    long checkpoint,
    String state,
    @Nullable String waitsFor,
    @Nullable Long deadline,
    int claims,
    int attempts,
    Cancel cancel,
    long now,
    @Nullable String needs) {
  /** How far the cancellation of a run is. In the order of their numbers in the table. */
  public enum Cancel {
    NONE,
    REQUESTED,
    DELIVERED
  }
}
