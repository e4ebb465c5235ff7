/** Cooperative multitasking: tasks that take turns, parents that wait for their children. */
package dev.coweave.samples.printers;
