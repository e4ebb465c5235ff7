/**
 * Reads a method into an immutable {@link dev.coweave.weave.analysis.CoroutineMethod}: what kind of coroutine it is, where it may
 * suspend, what is live there, and which rules it breaks. Decides nothing of how it is written, and writes nothing.
 */
@NullMarked
package dev.coweave.weave.analysis;

import org.jspecify.annotations.NullMarked;
