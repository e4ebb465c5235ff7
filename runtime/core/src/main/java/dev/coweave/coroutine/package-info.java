/**
 * The classes that woven code links to: the continuation, its frames, and the entries by which plain code reaches a coroutine. Public
 * because woven code is everywhere, versioned by {@link dev.coweave.coroutine.Stamp}, and not for users.
 *
 * <p>In here: saving, restoring and resuming. Not in here: tasks, loops, generators, anything that decides
 * <i>who</i> runs next.
 */
@NullMarked
package dev.coweave.coroutine;

import org.jspecify.annotations.NullMarked;
