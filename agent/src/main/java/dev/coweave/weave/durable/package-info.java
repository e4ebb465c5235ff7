/**
 * Makes the activations of {@code @Durable} methods storable: names what is in a frame, checks that it can be stored, and lets the
 * frame's class be written and read by those names. Methods that aren't durable never come here.
 */
@NullMarked
package dev.coweave.weave.durable;

import org.jspecify.annotations.NullMarked;
