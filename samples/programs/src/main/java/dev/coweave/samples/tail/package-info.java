/** A file that grows, as the sequence of its lines. */
package dev.coweave.samples.tail;
