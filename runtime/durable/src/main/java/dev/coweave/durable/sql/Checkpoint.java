package dev.coweave.durable.sql;

/**
 * Where a run stands now, to be stored.
 *
 * @param run the claim
 * @param node whose it is
 * @param state the text of its frames
 * @param parking how it rests
 * @param delivered whether its cancellation has been delivered
 */
public record Checkpoint(
    RunRow run, String node, String state, Parking parking, boolean delivered) {}
