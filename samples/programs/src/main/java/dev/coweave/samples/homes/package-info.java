/** Threads that belong to somebody else, on which coroutines go on. */
package dev.coweave.samples.homes;
