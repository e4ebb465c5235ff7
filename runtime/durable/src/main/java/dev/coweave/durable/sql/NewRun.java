package dev.coweave.durable.sql;

import org.jspecify.annotations.Nullable;

/**
 * A run to start.
 *
 * @param id its id
 * @param owner the class of its method
 * @param method the method's durable name
 * @param origin a digest of its method and arguments
 * @param generation the program's
 * @param state the text of its first frame
 * @param parent the run that starts it, or null
 * @param queue the queue in which it stands, or null
 * @param code the fingerprint of its method
 * @param description the method, as text
 */
public record NewRun(
    String id,
    String owner,
    String method,
    String origin,
    int generation,
    String state,
    @Nullable String parent,
    @Nullable String queue,
    String code,
    String description) {}
