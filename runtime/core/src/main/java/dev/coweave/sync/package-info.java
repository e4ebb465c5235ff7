/**
 * Means by which tasks talk and wait: channels, locks, signals. All may be used across loops and threads; all serve waiters first
 * come, first served; an operation that is cancelled has not happened.
 */
@NullMarked
package dev.coweave.sync;

import org.jspecify.annotations.NullMarked;
