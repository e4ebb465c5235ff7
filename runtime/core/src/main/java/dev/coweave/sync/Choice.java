package dev.coweave.sync;

import org.jspecify.annotations.Nullable;

/**
 * The clause of a select that has happened.
 *
 * @param value what the operation gave; null if nothing, or if it failed
 * @param woken whose wait that ended, to be woken; null if nobody's
 */
record Choice(
    Clause<?> clause,
    @Nullable Object value,
    @Nullable Throwable failure,
    @Nullable Waiter<?> woken) {}
