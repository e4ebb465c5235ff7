/**
 * The weaver: {@link dev.coweave.weave.Weaver} turns one class file into a woven one, {@link dev.coweave.weave.TreeWeaver} a
 * directory or a jar.
 *
 * <p>The pipeline: <i>analysis</i> reads a method into an immutable value, <i>machine</i> makes a state machine of it, plain data
 * that prints as text, <i>emit</i> writes it as bytecode; <i>bytecode</i> knows class files and nothing of coroutines.
 */
@NullMarked
package dev.coweave.weave;

import org.jspecify.annotations.NullMarked;
