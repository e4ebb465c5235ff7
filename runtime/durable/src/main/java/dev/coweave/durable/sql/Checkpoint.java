package dev.coweave.durable.sql;

/**
 * Where a run stands now, to be stored.
 *
 * @param run the claim
 * @param node whose it is
 * @param state the text of its frames
 * @param parking how it rests
 * @param cancel how far its cancellation was when it was looked at last; if it has been delivered that is stored
 */
public record Checkpoint(
    RunRow run, String node, String state, Parking parking, RunRow.Cancel cancel) {
  boolean delivered() {
    return cancel == RunRow.Cancel.DELIVERED;
  }
}
