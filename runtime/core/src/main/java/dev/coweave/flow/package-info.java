/** Sequences that wait: async generators, and their two-way bridge to {@link java.util.concurrent.Flow}. */
@NullMarked
package dev.coweave.flow;

import org.jspecify.annotations.NullMarked;
