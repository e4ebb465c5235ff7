/**
 * The event loop: which task runs next on a thread, and what the thread does when none is ready.
 *
 * <p>In here: queues, timers, clocks, shutdown, the entries of plain calls. Not in here: what a task is, what it may
 * wait for.
 */
@NullMarked
package dev.coweave.loop;

import org.jspecify.annotations.NullMarked;
