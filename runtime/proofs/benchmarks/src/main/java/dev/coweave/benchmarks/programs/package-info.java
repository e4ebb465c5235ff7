/**
 * What whole programs cost: servers under load, a million sleepers, starting. Each program runs in a JVM of its own, beside the same
 * program written in other ways.
 */
package dev.coweave.benchmarks.programs;
