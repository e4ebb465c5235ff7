/** Channels, scopes and cancellation at work: many who talk, none who holds up the others. */
package dev.coweave.samples.chat;
