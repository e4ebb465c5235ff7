/** The annotation that makes a method a coroutine, and the two functional interfaces whose lambdas are coroutines. */
@NullMarked
package dev.coweave;

import org.jspecify.annotations.NullMarked;
