/**
 * Decides: which states a coroutine has, which fields its frame, what is saved where. A {@link
 * dev.coweave.weave.machine.StateMachine} is plain data and prints as text; it is all that emission needs to know.
 */
@NullMarked
package dev.coweave.weave.machine;

import org.jspecify.annotations.NullMarked;
