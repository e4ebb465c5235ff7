package dev.coweave.durable;

import dev.coweave.durable.sql.RunTable;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a run from outside, for those who operate it.
 *
 * @param id its id
 * @param status what has become of it
 * @param method class and durable name of the method that it began with
 * @param waitsFor what it waits for, such as {@code message:approval}; null if for nothing
 * @param cancelled whether somebody asked it to end
 * @param code why it is parked, or null
 * @param reason the same in words, or null
 * @param state its frames and their locals as text, see docs/durable.md; null once it has ended, and in lists
 */
public record RunInfo(
    String id,
    RunStatus status,
    String method,
    @Nullable String waitsFor,
    boolean cancelled,
    @Nullable String code,
    @Nullable String reason,
    @Nullable String state) {
  static RunInfo of(RunTable.View v) {
    return new RunInfo(
        v.id(),
        RunStatus.valueOf(v.status().name()),
        v.owner() + "." + v.method(),
        v.waitsFor(),
        v.cancel().ordinal() > 0,
        v.code(),
        v.reason(),
        v.state());
  }
}
