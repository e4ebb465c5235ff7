/** Recursion without a stack to overflow. */
package dev.coweave.samples.deep;
