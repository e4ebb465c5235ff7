/**
 * Tasks: coroutines that are futures, and what a body may wait for.
 *
 * <p>What belongs here: the life of a task, waits, cancellation, scopes. What does not: who runs next and when, which a
 * {@link dev.coweave.task.Scheduler} decides. {@link dev.coweave.task.TaskContinuation}, {@link dev.coweave.task.Scheduler},
 * {@link dev.coweave.task.Timer} and {@link dev.coweave.task.PlainCall} are for those who write schedulers and primitives.
 */
@NullMarked
package dev.coweave.task;

import org.jspecify.annotations.NullMarked;
