/** Generators: coroutines that compute a sequence of elements for their caller, one at each step. */
@NullMarked
package dev.coweave.generator;

import org.jspecify.annotations.NullMarked;
