/** How little a task is once there are generators; and that its stack doesn't grow. */
package dev.coweave.samples.tick;
