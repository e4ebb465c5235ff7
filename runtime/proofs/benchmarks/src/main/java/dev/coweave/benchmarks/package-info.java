/**
 * What coroutines cost. Each benchmark does one piece of work twice: woven, and as fast as it can
 * be written by hand; only the ratio within one run means anything. {@link
 * dev.coweave.benchmarks.Report} runs them and prints the table.
 */
package dev.coweave.benchmarks;
