/**
 * Tasks: coroutines that are futures, and what a body may wait for.
 *
 * <p>In here: the life of a task, waits, cancellation, scopes. Not in here: who runs next and when, which a
 * {@link dev.coweave.task.Scheduler} decides. {@link dev.coweave.task.TaskContinuation}, {@link dev.coweave.task.Scheduler},
 * {@link dev.coweave.task.Timer} and {@link dev.coweave.task.PlainCall} are for those who write schedulers and primitives.
 */
@NullMarked
package dev.coweave.task;

import org.jspecify.annotations.NullMarked;
