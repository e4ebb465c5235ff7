/** The world of a simulation: nodes, and a network between them on which {@code dev.coweave.io} runs unchanged. */
@NullMarked
package dev.coweave.junit.network;

import org.jspecify.annotations.NullMarked;
