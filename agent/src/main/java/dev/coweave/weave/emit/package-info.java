/**
 * Writes: twins, resume copies, entries, frames, generators, lambdas and stamps, each with its template in its comment. Decides
 * nothing that a {@link dev.coweave.weave.machine.StateMachine} doesn't say.
 */
@NullMarked
package dev.coweave.weave.emit;

import org.jspecify.annotations.NullMarked;
