/**
 * The weaver inside javac: with the tool's jar on the processor path, what the weaver refuses is an error of the compiler, at its line, and with the
 * option {@code -Acoweave=weave} the compiler's output is woven. Only the public API of javac is used: processors, task listeners, trees.
 */
@NullMarked
package dev.coweave.javac;

import org.jspecify.annotations.NullMarked;
