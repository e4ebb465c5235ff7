/** The first program of the README, with Coweave and by hand. */
package dev.coweave.samples.hello;
