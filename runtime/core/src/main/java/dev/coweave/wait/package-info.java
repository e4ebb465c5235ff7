/**
 * Waits for what is outside the program, such as channels, name servers and processes: what {@code dev.coweave.io} is built on. Not for
 * users; the module exports it to Coweave's own modules only.
 */
@NullMarked
package dev.coweave.wait;

import org.jspecify.annotations.NullMarked;
