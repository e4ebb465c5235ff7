/** Generators: from the Fibonacci numbers to a conversation with {@code send}. */
package dev.coweave.samples.generators;
