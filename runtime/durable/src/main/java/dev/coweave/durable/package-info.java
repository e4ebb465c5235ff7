/**
 * Durable coroutines: methods that survive their JVM. At each durable wait a run's activations are stored in SQL, and any node goes on from
 * there; see {@link dev.coweave.durable.DurableEngine}.
 */
@NullMarked
package dev.coweave.durable;

import org.jspecify.annotations.NullMarked;
