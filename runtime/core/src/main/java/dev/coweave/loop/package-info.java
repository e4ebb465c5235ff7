/**
 * The event loop: which task runs next on a thread, and what the thread does when none is ready.
 *
 * <p>What belongs here: queues, timers, clocks, shutdown, the entries of plain calls. What does not: what a task is, what it may
 * wait for.
 */
@NullMarked
package dev.coweave.loop;

import org.jspecify.annotations.NullMarked;
