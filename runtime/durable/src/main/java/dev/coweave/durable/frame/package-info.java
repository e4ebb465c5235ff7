/**
 * What woven code and the engine agree on: the frames of durable methods, and the text in which the weaver describes each. Not for users.
 */
@NullMarked
package dev.coweave.durable.frame;

import org.jspecify.annotations.NullMarked;
