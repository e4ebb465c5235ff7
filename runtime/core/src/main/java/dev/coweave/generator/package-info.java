/** Generators: coroutines that give their caller a sequence of elements, one at each step. */
@NullMarked
package dev.coweave.generator;

import org.jspecify.annotations.NullMarked;
