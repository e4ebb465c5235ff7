/** A game's own main loop, and scripts that go on a step at each frame. */
package dev.coweave.samples.game;
