/** The first success of several, within a time. */
package dev.coweave.samples.race;
